import * as v from 'valibot';
import { secureUrl } from '../../oauth/issuer/issuer-url.ts';
import { Secret } from '../../secret.ts';
import { parseCommentedJson, withoutComments } from '../json.ts';

/** A registered client: a public one, or one of the user for all accounts of an issuer. */
const KnownClient = v.looseObject({
  client_id: v.pipe(v.string(), v.nonEmpty()),
  client_secret: v.exactOptional(
    v.pipe(
      v.string(),
      v.transform((text) => new Secret(text)),
    ),
  ),
  /** Space separated. */
  scope: v.exactOptional(v.string()),
  /** The flows that it may use, in the order in which to try them. */
  flow: v.exactOptional(
    v.pipe(
      v.union([v.string(), v.array(v.string())]),
      v.transform((flows) => [flows].flat()),
    ),
  ),
  redirect_uris: v.exactOptional(v.array(v.string())),
});
export type KnownClient = v.InferOutput<typeof KnownClient>;

/** An entry of issuer.config: the members that jeton uses; it keeps all others. */
export const KnownIssuer = v.looseObject({
  issuer: v.string(),
  /** Short names of the accounts for this issuer. */
  accounts: v.exactOptional(v.array(v.string())),
  default_account: v.exactOptional(v.string()),
  /** The public client, for `--pub`. */
  pubclient: v.exactOptional(KnownClient),
  /** The user's client, which oidc-gen uses without asking. `pubclient` may be absent. */
  user_client: v.exactOptional(KnownClient),
  /** The C suite's name for `audience_parameter`: true is `audience`, false `resource`. */
  legacy_aud_mode: v.exactOptional(v.boolean()),
  /** The parameter that requests an audience; see oauth/audience.ts. */
  audience_parameter: v.exactOptional(v.picklist(['resource', 'audience', 'both'])),
  /** The scopes that oidc-gen suggests for a new account, or `max`; space separated. */
  default_scope: v.exactOptional(v.string()),
  /** Whether a login requests the scope `offline_access`: true, except for issuers that refuse it. */
  offline_access: v.exactOptional(v.boolean()),
  /** Whether a refresh has to name its scopes, also when all of them are wanted. */
  scope_on_refresh: v.exactOptional(v.boolean()),
  /** Whether the agent should keep the encryption password of accounts, because refresh tokens change often. */
  'pw-store': v.exactOptional(v.boolean()),
  /** Whether the issuer speaks plain OAuth, without OpenID. */
  oauth: v.exactOptional(v.boolean()),
  config_endpoint: v.exactOptional(v.string()),
  device_authorization_endpoint: v.exactOptional(v.string()),
  cert_path: v.exactOptional(v.string()),
  /** Where a user can register a client by hand, and the contact. */
  register: v.exactOptional(v.string()),
  contact: v.exactOptional(v.string()),
});
export type KnownIssuer = v.InferOutput<typeof KnownIssuer>;

/** Something in a configuration file that is not used, and where; line and column count from 1. */
export interface ConfigWarning {
  file: string;
  line: number | undefined;
  column: number | undefined;
  message: string;
}

/** A warning for the user. */
export function describeWarning({ file, line, column, message }: ConfigWarning): string {
  const place = line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`;
  return `${file}${place}: ${message}`;
}

/**
 * The content of a file in one of the two formats of issuer.config. `issuer-file-edits.ts` changes such a file.
 *
 * JSON is an array of objects (a single object in issuer.config.d). The older text has one issuer a line, followed by
 * its accounts; releases before 5 put the address of a registration form and a contact there instead.
 */
export interface IssuerFile {
  entries: KnownIssuer[];
  warnings: ConfigWarning[];
}

/** Reads either format. Turns each error into a warning with file, line and column, and reads the rest. */
export function parseIssuerFile(text: string, file: string): IssuerFile {
  return isJson(text) ? parseJsonFile(text, file) : parseTextFile(text, file);
}

/** Whether a text is in the JSON format, not the older one. */
export function isJson(text: string): boolean {
  return /^\s*[[{]/.test(withoutComments(text));
}

function parseJsonFile(text: string, file: string): IssuerFile {
  const { value: json, fault } = parseCommentedJson(text);
  if (fault) return { entries: [], warnings: [{ file, ...fault, message: 'could not parse json' }] };
  const result: IssuerFile = { entries: [], warnings: [] };
  for (const [index, value] of [json].flat().entries()) {
    const entry = v.safeParse(KnownIssuer, withCurrentNames(value));
    // JSON has no comments: people write them as an issuer.
    if (entry.success && secureUrl(entry.output.issuer)) result.entries.push(entry.output);
    else {
      const member = (entry.issues && v.getDotPath(entry.issues[0])) ?? (entry.success ? 'issuer' : 'it');
      const message = `entry ${index + 1} is not used: '${member}' is missing or malformed`;
      result.warnings.push({ file, line: undefined, column: undefined, message });
    }
  }
  return result;
}

/** The documentation and the programs of the C suite disagree about some names; both are understood. */
const OTHER_NAMES = new Map([
  ['issuer_url', 'issuer'],
  ['manual_register', 'register'],
  ['configuration_endpoint', 'config_endpoint'],
  ['flows', 'flow'],
]);

/** An entry, or a client in one, with the names that we use. An `audience_parameter` follows from `legacy_aud_mode`. */
export function withCurrentNames(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null) return entry;
  const members = Object.entries(entry).map(([written, value]) => {
    const name = OTHER_NAMES.get(written) ?? written;
    return [name, name.endsWith('client') ? withCurrentNames(value) : value];
  });
  const { legacy_aud_mode: legacy } = Object.fromEntries(members);
  const audience = legacy ? 'audience' : 'resource';
  return Object.fromEntries([
    ...(typeof legacy === 'boolean' ? [['audience_parameter', audience]] : []),
    ...members,
  ]);
}

function parseTextFile(text: string, file: string): IssuerFile {
  const result: IssuerFile = { entries: [], warnings: [] };
  for (const [index, line] of withoutComments(text).split('\n').entries()) {
    const [issuer, ...words] = line.split(/\s+/).filter((word) => word !== '');
    if (issuer === undefined) continue;
    if (!secureUrl(issuer)) {
      const column = line.indexOf(issuer) + 1;
      result.warnings.push({
        file,
        line: index + 1,
        column,
        message: 'the line does not start with an https URL',
      });
      continue;
    }
    const register = words.find((word) => word.includes('://'));
    const contact = words.find((word) => word.includes('@') && !word.includes('://'));
    // A second address is one for people too; no account can have such a name.
    const accounts = words.filter((word) => !word.includes('://') && word !== contact);
    result.entries.push({
      issuer,
      ...(register !== undefined && { register }),
      ...(contact !== undefined && { contact }),
      ...(accounts.length > 0 && { accounts }),
    });
  }
  return result;
}
