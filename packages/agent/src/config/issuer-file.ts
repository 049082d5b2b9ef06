import { parseJson } from '@jeton/protocol/json';
import * as v from 'valibot';
import { sameIssuer, secureUrl } from '../oauth/issuer-url.ts';
import { Secret } from '../secret.ts';
import { parseCommentedJson, withoutComments } from './json.ts';

/** A client that is registered already: one for everybody, or the user's own for all accounts of an issuer. */
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

/** An entry of issuer.config: what we use of it; all other members are kept. */
export const KnownIssuer = v.looseObject({
  issuer: v.string(),
  /** Short names of the accounts for this issuer. */
  accounts: v.exactOptional(v.array(v.string())),
  default_account: v.exactOptional(v.string()),
  /** The client that everybody may use, for `--pub`. */
  pubclient: v.exactOptional(KnownClient),
  /** The client of the user, which is used without asking; there need not be a `pubclient`. */
  user_client: v.exactOptional(KnownClient),
  /** The C suite's word for `audience_parameter`: true is `audience`, false `resource`. */
  legacy_aud_mode: v.exactOptional(v.boolean()),
  /** How an audience is asked for; see oauth/audience.ts. */
  audience_parameter: v.exactOptional(v.picklist(['resource', 'audience', 'both'])),
  /** Whether the scope `offline_access` is asked for at the login: true, but for issuers that refuse it. */
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
  /** Where a client can be registered by hand, and whom to ask. */
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

/** A warning for a person. */
export function describeWarning({ file, line, column, message }: ConfigWarning): string {
  const place = line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`;
  return `${file}${place}: ${message}`;
}

/**
 * The two formats of issuer.config, and how to change one account in either without touching anything else.
 *
 * JSON is an array of objects (a single object in issuer.config.d). The older text has one issuer a line, followed by its
 * accounts; releases before 5 put the address of a registration form and a contact there instead.
 */
export interface IssuerFile {
  entries: KnownIssuer[];
  warnings: ConfigWarning[];
}

/** Reads either format. What is wrong becomes a warning with file, line and column; the rest is read. */
export function parseIssuerFile(text: string, file: string): IssuerFile {
  return isJson(text) ? parseJsonFile(text, file) : parseTextFile(text, file);
}

function isJson(text: string): boolean {
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
const OTHER_NAMES: Record<string, string> = {
  issuer_url: 'issuer',
  manual_register: 'register',
  configuration_endpoint: 'config_endpoint',
  flows: 'flow',
};

/** An entry, or a client in one, with the names that we use. An `audience_parameter` follows from `legacy_aud_mode`. */
function withCurrentNames(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null) return entry;
  const members = Object.entries(entry).map(([written, value]) => {
    const name = OTHER_NAMES[written] ?? written;
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

/**
 * The text with an issuer's accounts changed, in the format it has. All other entries and members stay as they are.
 * @param change gets the accounts that are listed and gives those that should be
 * @returns undefined when nothing changes
 */
export function changeAccounts(
  text: string,
  issuer: string,
  change: (accounts: string[]) => string[],
): string | undefined {
  return text.trim() === '' || isJson(text)
    ? changeJson(text, issuer, change)
    : changeText(text, issuer, change);
}

/** The text with another name for an account wherever it stands, as in `changeAccounts`. */
export function renameInFile(text: string, from: string, to: string): string | undefined {
  const renamed = (name: unknown) => (name === from ? to : name);
  if (!isJson(text)) {
    const lines = text
      .split('\n')
      .map((line) => (line.startsWith('#') ? line : line.split(' ').map(renamed).join(' ')));
    return lines.join('\n') === text ? undefined : lines.join('\n');
  }
  let found = false;
  const entries = [parseCommentedJson(text).value].flat().map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return entry;
    const { accounts, default_account }: { accounts?: unknown; default_account?: unknown } = entry;
    const inList = Array.isArray(accounts) && accounts.includes(from);
    found ||= inList || default_account === from;
    return {
      ...entry,
      ...(inList ? { accounts: accounts.map(renamed) } : {}),
      ...(default_account === from ? { default_account: to } : {}),
    };
  });
  return found ? `${JSON.stringify(entries, null, '\t')}\n` : undefined;
}

function changeJson(
  text: string,
  issuer: string,
  change: (accounts: string[]) => string[],
): string | undefined {
  const entries: unknown[] = text.trim() === '' ? [] : [parseJson(withoutComments(text))].flat();
  const index = entries.findIndex((entry) => isEntryOf(entry, issuer));
  const entry: object & { accounts?: unknown } = Object(index === -1 ? { issuer } : entries[index]);
  const before = Array.isArray(entry.accounts) ? entry.accounts.map(String) : [];
  const accounts = change(before);
  if (equal(accounts, before)) return undefined;
  entries.splice(index === -1 ? entries.length : index, 1, { ...entry, accounts });
  return `${JSON.stringify(entries, null, '\t')}\n`;
}

function isEntryOf(entry: unknown, issuer: string): boolean {
  const parsed = v.safeParse(v.object({ issuer: v.string() }), withCurrentNames(entry));
  return parsed.success && sameIssuer(parsed.output.issuer, issuer);
}

function changeText(
  text: string,
  issuer: string,
  change: (accounts: string[]) => string[],
): string | undefined {
  const lines = text.split('\n');
  const index = lines.findIndex((line) => sameIssuer(line.trim().split(/\s+/)[0] ?? '', issuer));
  const words = index === -1 ? [issuer] : (lines[index] ?? '').trim().split(/\s+/);
  const accounts = words.slice(1);
  const changed = change(accounts);
  if (equal(changed, accounts)) return undefined;
  const line = [words[0], ...changed].join(' ');
  if (index !== -1) lines[index] = line;
  else lines.splice(lines.at(-1) === '' ? -1 : lines.length, 0, line);
  return lines.join('\n');
}

function equal(one: string[], other: string[]): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index]);
}
