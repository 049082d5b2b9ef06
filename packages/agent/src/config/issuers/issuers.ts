import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../../files/lock/lock.ts';
import { MAX_FILE_BYTES } from '../../files/reading/limits.ts';
import { answered, readFile } from '../../files/reading/read-file.ts';
import { replaceFile } from '../../files/saving/replace-file.ts';
import { forKeeping } from '../../files/threads.ts';
import { nearest } from '../../nearest.ts';
import { isMeant, meantIssuer, secureUrl } from '../../oauth/issuer/issuer-url.ts';
import { type ConfigWarning, type KnownIssuer, parseIssuerFile } from './issuer-file.ts';
import { parsePubclients } from './pubclients-file.ts';
import { SHIPPED_ISSUERS } from './shipped-issuers.ts';

const SYSTEM_DIRECTORY = '/etc/oidc-agent';
const FILE = 'issuer.config';

/**
 * All known issuers, in the order in which to offer them: those with most accounts first, then as listed.
 *
 * Merges the lists member by member; the first list with a member wins: the user's issuer.config, the user's
 * issuer.config.d (newest file first), the same two in /etc/oidc-agent, the list that is shipped with the program, and
 * the public clients of /etc/oidc-agent/pubclients.config. Warns about unreadable and invalid content.
 *
 * @param directory the user's agent directory, undefined if it does not exist yet
 */
export async function knownIssuers(
  directory: string | undefined,
  systemDirectory: string = SYSTEM_DIRECTORY,
): Promise<{ issuers: KnownIssuer[]; warnings: ConfigWarning[] }> {
  const issuers: KnownIssuer[] = [];
  const warnings: ConfigWarning[] = [];
  const add = (entries: readonly KnownIssuer[]) => {
    for (const entry of entries) {
      const known = findIssuer(issuers, entry.issuer);
      if (known) Object.assign(known, { ...entry, ...known });
      else issuers.push({ ...entry });
    }
  };
  for (const folder of directory === undefined ? [systemDirectory] : [directory, systemDirectory]) {
    for (const file of [join(folder, FILE), ...(await newestFirst(join(folder, `${FILE}.d`)))]) {
      const read = await readIssuerFile(file);
      add(read.entries);
      warnings.push(...read.warnings);
    }
  }
  add(SHIPPED_ISSUERS);
  add(parsePubclients(await textOf(join(systemDirectory, 'pubclients.config')).catch(() => '')));
  const count = ({ accounts = [] }: KnownIssuer) => accounts.length;
  return { issuers: issuers.toSorted((one, other) => count(other) - count(one)), warnings };
}

async function readIssuerFile(file: string) {
  try {
    return parseIssuerFile(await textOf(file), file);
  } catch (error) {
    if (isMissing(error)) return { entries: [], warnings: [] };
    const message = `cannot be read: ${error instanceof Error ? error.message : error}`;
    return { entries: [], warnings: [{ file, line: undefined, column: undefined, message }] };
  }
}

async function textOf(file: string): Promise<string> {
  return (await readFile(file, { most: MAX_FILE_BYTES.configuration })).bytes.toString('utf8');
}

async function newestFirst(folder: string): Promise<string[]> {
  const names = await answered(
    folder,
    forKeeping.use(() => readdir(folder)),
  ).catch(() => []);
  const files = await Promise.all(
    names
      .filter((name) => !name.startsWith('.'))
      .map(async (name) => {
        const file = join(folder, name);
        const stats = await answered(
          file,
          forKeeping.use(() => stat(file)),
        ).catch(() => undefined);
        return { file, changed: stats?.mtimeMs ?? 0 };
      }),
  );
  return files.toSorted((one, other) => other.changed - one.changed).map(({ file }) => file);
}

/** The entry of the issuer that the user means. */
export function findIssuer(issuers: readonly KnownIssuer[], written: string): KnownIssuer | undefined {
  return issuers.find(({ issuer }) => isMeant(issuer, written));
}

/** The hint for an issuer that is not there: a known one that is written almost alike, or whose address has this word. */
export function similarIssuer(written: string, issuers: readonly KnownIssuer[]): string[] {
  const meant = meantIssuer(written);
  const known = issuers.map(({ issuer }) => issuer);
  const word = /^[\w-]{2,}$/.test(meant) ? meant.toLowerCase() : undefined;
  const named = word && known.find((issuer) => issuer.split(/[/.]/).includes(word));
  if (named !== undefined) return [`did you mean ${named}?`];
  // Without what most of them have in common, a typing error counts as much as in any other name.
  const comparable = (issuer: string) => meantIssuer(issuer).replace(/^https?:\/\/|\/$/g, '');
  const name = nearest(comparable(meant), known.map(comparable));
  const found = known.find((issuer) => comparable(issuer) === name);
  return found === undefined ? [] : [`did you mean ${found}?`];
}

/** The short name of the account to use for an issuer: its `default_account`, else the first of its accounts. */
export function defaultAccountFor(issuers: readonly KnownIssuer[], issuer: string): string | undefined {
  const entry = findIssuer(issuers, issuer);
  return entry?.default_account ?? entry?.accounts?.[0];
}

/**
 * Adds an account to its issuer in the user's issuer.config.
 *
 * Only this one entry changes, in the format that the file has; a new file is JSON. The file is written durably, 0600, and
 * under its lock, so that no change of another program at the same time is lost. Leaves out an issuer with plain http
 * (`oidc-gen --insecure-http`): the file may not contain it.
 *
 * @throws Error if the file cannot be understood, which leaves it unchanged; FileError `locked`
 */
export async function rememberAccount(directory: string, issuer: string, name: string): Promise<void> {
  if (secureUrl(issuer) === undefined) return;
  await changeUserFile(directory, (text, { changeAccounts }) =>
    changeAccounts(text, issuer, (accounts) => (accounts.includes(name) ? accounts : [...accounts, name])),
  );
}

/**
 * Removes an account from the user's issuer.config; the entry of the issuer stays. See `rememberAccount`.
 * @throws as `rememberAccount`
 */
export async function forgetAccount(directory: string, issuer: string, name: string): Promise<void> {
  await changeUserFile(directory, (text, { changeAccounts }) =>
    changeAccounts(text, issuer, (accounts) => accounts.filter((account) => account !== name)),
  );
}

/**
 * Renames an account in the user's issuer.config, also where it is a default. See `rememberAccount`.
 * @throws as `rememberAccount`
 */
export async function renameAccountOf(directory: string, from: string, to: string): Promise<void> {
  await changeUserFile(directory, (text, { renameInFile }) =>
    text === '' ? undefined : renameInFile(text, from, to),
  );
}

/** Gives `change` the text and the functions that edit it, which few programs need and so are loaded here. */
async function changeUserFile(
  directory: string,
  change: (text: string, edits: typeof import('./issuer-file-edits.ts')) => string | undefined,
) {
  const edits = await import('./issuer-file-edits.ts');
  const file = join(directory, FILE);
  await withLock(file, async () => {
    const text = await textOf(file).catch((error: unknown) => {
      if (isMissing(error)) return '';
      throw error;
    });
    const [warning] = parseIssuerFile(text, file).warnings;
    if (warning?.line !== undefined) {
      const { line, column, message } = warning;
      throw new Error(`${file}:${line}:${column}: ${message}; it is left as it is`);
    }
    const changed = change(text, edits);
    if (changed !== undefined) await replaceFile(file, changed);
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
