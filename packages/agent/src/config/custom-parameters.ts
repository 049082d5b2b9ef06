/** custom_parameters.config: further parameters for requests to issuers (docs/configuration.md). */
import { join } from 'node:path';
import * as v from 'valibot';
import { MAX_FILE_BYTES } from '../files/reading/limits.ts';
import { readFile } from '../files/reading/read-file.ts';
import { describeSystemError, systemErrorCode } from '../files/system-error.ts';
import { sameIssuer } from '../oauth/issuer/issuer-url.ts';
import { Secret } from '../secret.ts';
import type { ConfigWarning } from './issuers/issuer-file.ts';
import { parseCommentedJson } from './json.ts';

const FILE = 'custom_parameters.config';
const SYSTEM_DIRECTORY = '/etc/oidc-agent';

/** The requests that can carry such parameters, as the file names them. */
const REQUESTS = [
  'auth_url',
  'code-exchange',
  'device-init',
  'device-polling',
  'password',
  'refresh',
  'registration',
  'revocation',
] as const;
export type CustomisedRequest = (typeof REQUESTS)[number];

const Names = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((names) => [names].flat()),
);
const Entry = v.object({
  parameter: v.pipe(v.string(), v.nonEmpty()),
  value: v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String)),
  for_issuer: v.optional(Names, []),
  for_account: v.optional(Names, []),
  request: v.pipe(Names, v.array(v.picklist(REQUESTS))),
});
type Entry = v.InferOutput<typeof Entry>;

/** The folders to read; all but the user's agent directory have a default. */
interface Places {
  /** undefined if it does not exist yet */
  directory: string | undefined;
  systemDirectory?: string;
  env?: NodeJS.ProcessEnv;
}

/**
 * The parameters to add to a request for an account: those of entries for its issuer or for the account itself. Of
 * several with one name the first wins; the user's file comes before the one in /etc/oidc-agent.
 *
 * Values are secrets, because they may come from the environment or a file; an unavailable value is not sent. Reads the
 * files each time. Warns about invalid content, without quoting it.
 */
export async function customParameters(
  request: CustomisedRequest,
  { issuer, account }: { issuer: string; account: string },
  { directory, systemDirectory = SYSTEM_DIRECTORY, env = process.env }: Places,
): Promise<{ parameters: Record<string, Secret>; warnings: ConfigWarning[] }> {
  const parameters = new Map<string, Secret>();
  const warnings: ConfigWarning[] = [];
  for (const folder of directory === undefined ? [systemDirectory] : [directory, systemDirectory]) {
    const file = await readEntries(join(folder, FILE));
    warnings.push(...file.warnings);
    for (const entry of file.entries) {
      const concerned =
        entry.for_account.includes(account) || entry.for_issuer.some((url) => sameIssuer(url, issuer));
      if (!concerned || !entry.request.includes(request) || parameters.has(entry.parameter)) continue;
      const value = await readValue(entry.value, env);
      if (value) parameters.set(entry.parameter, new Secret(value));
    }
  }
  return { parameters: Object.fromEntries(parameters), warnings };
}

/** `$NAME` stands for an environment variable, `/path` for the first line of a file, anything else for itself. */
async function readValue(text: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (text.startsWith('$')) return env[text.slice(1)];
  if (!text.startsWith('/')) return text;
  const content = await textOf(text, MAX_FILE_BYTES.secret).catch(() => undefined);
  return content?.split(/\r?\n/, 1)[0];
}

async function textOf(file: string, most: number): Promise<string> {
  return (await readFile(file, { most })).bytes.toString('utf8');
}

async function readEntries(file: string): Promise<{ entries: Entry[]; warnings: ConfigWarning[] }> {
  const entries: Entry[] = [];
  const warnings: ConfigWarning[] = [];
  const warn = (message: string, position: { line?: number; column?: number } = {}) =>
    warnings.push({ file, line: position.line, column: position.column, message });
  try {
    const { value, fault } = parseCommentedJson(await textOf(file, MAX_FILE_BYTES.configuration));
    if (fault) warn('could not parse json', fault);
    else if (!Array.isArray(value)) warn('it is not an array');
    else {
      for (const [index, item] of value.entries()) {
        const entry = v.safeParse(Entry, item);
        if (entry.success) entries.push(entry.output);
        else {
          const member = v.getDotPath(entry.issues[0]) ?? 'it';
          warn(`entry ${index + 1} is not used: '${member}' is missing or malformed`);
        }
      }
    }
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? ''))
      warn(`cannot be read: ${describeSystemError(error)}`);
  }
  return { entries, warnings };
}
