/** The agent directory and the names of the account files in it. */
import { constants, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as place from '../agent-directory.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { FileError, noAnswerFrom } from '../files/errors.ts';
import { MAX_FILE_BYTES } from '../files/reading/limits.ts';
import { answered } from '../files/reading/read-file.ts';
import { readRegular } from '../files/reading/read-regular.ts';
import { temporaryName } from '../files/saving/replace-file.ts';
import { canBeSaved } from '../files/saving/savable.ts';
import { describeSystemError, systemErrorCode } from '../files/system-error.ts';
import { forKeeping } from '../files/threads.ts';
import { didYouMean } from '../nearest.ts';
import { startsLikeAccountFile } from './format/format.ts';

const MAX_NAME_BYTES = 255;

/**
 * The first of `$OIDC_CONFIG_DIR`, `~/.config/oidc-agent` and `~/.oidc-agent` that can be opened, if any.
 * @throws FileError `no-directory` when a variable that is needed is not set
 */
export function agentDirectory(env: NodeJS.ProcessEnv): string | undefined {
  return resolved(() => place.agentDirectory(env));
}

/**
 * The same for the agent, which must not hang when the file server of a home does not answer.
 * @throws FileError `no-answer` or `no-directory`
 */
export async function findAgentDirectory(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const directory of resolved(() => place.possibleDirectories(env))) {
    try {
      await answered(
        directory,
        forKeeping.use(() => access(`${directory}/.`, constants.R_OK)),
      );
      return directory;
    } catch (error) {
      if (systemErrorCode(error) === 'NO_ANSWER') throw noAnswerFrom(error);
      resolved(() => place.requireMissing(directory, error));
    }
  }
  return undefined;
}

/**
 * Returns the agent directory; if none exists, creates the first candidate whose parent exists (0700).
 * @throws FileError `no-directory`
 */
export function createAgentDirectory(env: NodeJS.ProcessEnv): string {
  const existing = agentDirectory(env);
  if (existing !== undefined) return existing;
  const directory = resolved(() =>
    place.possibleDirectories(env).find((candidate) => place.isOpenable(dirname(candidate))),
  );
  if (directory === undefined) {
    const named = env.OIDC_CONFIG_DIR ?? '~/.config/oidc-agent';
    throw new FileError(
      'no-directory',
      `could not create the agent directory ${named}: its parent does not exist`,
      {
        hints: ['create the parent, or set OIDC_CONFIG_DIR to a directory that exists'],
      },
    );
  }
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    const reason = describeSystemError(error);
    throw new FileError('no-directory', `could not create the agent directory ${directory}: ${reason}`, {
      hints: ['set OIDC_CONFIG_DIR to a directory that you can write to'],
    });
  }
  return directory;
}

/** More than an account file has. */
const PROBE_BYTES = 8192;

/**
 * @throws FileError where an account could not be saved, as a login would be for nothing: `no-directory`, or
 * `not-saved` for an existing file that can be neither replaced nor written
 */
export async function requireRoom(directory: string, file: string): Promise<void> {
  const isThere = existsSync(file);
  if (isThere && !(await canBeSaved(file))) {
    throw new FileError('not-saved', `the account file '${file}' cannot be written`, {
      hints: ['make it or its folder writable; in a container, mount the folder of the account files'],
    });
  }
  try {
    probeRoom(directory);
  } catch (error) {
    // The file itself can be written.
    const code = error instanceof FileError ? systemErrorCode(error.cause) : undefined;
    if (!isThere || !['EACCES', 'EROFS'].includes(code ?? '')) throw error;
  }
}

function probeRoom(directory: string): void {
  const probe = join(directory, temporaryName());
  try {
    writeFileSync(probe, Buffer.alloc(PROBE_BYTES), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const isFull = ['ENOSPC', 'EDQUOT'].includes(systemErrorCode(error) ?? '');
    const hint = isFull
      ? 'free some space there'
      : 'set OIDC_CONFIG_DIR to a directory that you can write to';
    const reason = describeSystemError(error);
    throw new FileError('no-directory', `could not write to the agent directory ${directory}: ${reason}`, {
      hints: [hint],
      cause: error,
    });
  } finally {
    rmSync(probe, { force: true });
  }
}

/** The short names of the accounts in the directory, in byte order. Files that are something else are left out. */
export function listAccountNames(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => {
      const path = join(directory, entry.name);
      return isAccountName(entry.name) && (entry.isFile() || isLinkToFile(path, entry)) && canBeAccount(path);
    })
    .map((entry) => Buffer.from(entry.name))
    .sort(Buffer.compare)
    .map(String);
}

/** The hint for a path at which there is no account: one with a similar name in the same folder, if that can be read. */
export async function similarAccount(path: string): Promise<string[]> {
  const directory = dirname(path);
  const files = await answered(
    directory,
    forKeeping.use(() => readdir(directory)),
  ).catch(() => []);
  return didYouMean(basename(path), files.filter(isAccountName));
}

/**
 * The file of an account.
 * @throws FileError `bad-name` for a name that would leave the folder or be hidden in it
 */
export function accountPath(directory: string, shortName: string): string {
  const problem = nameProblem(shortName);
  if (problem !== undefined) {
    throw new FileError('bad-name', `'${printable(shortName)}' is not an account short name: ${problem}`, {
      hints: ['a short name is the name of a file, such as wlcg'],
    });
  }
  return join(directory, shortName);
}

/**
 * Resolves the argument of `oidc-gen -p`: a path if it starts with `/` or `~`, else a short name in the directory.
 * @throws FileError `no-directory` or `bad-name`
 */
export function accountFilePath(
  directory: string | undefined,
  nameOrPath: string,
  env: NodeJS.ProcessEnv,
): string {
  if (/^[/~]/.test(nameOrPath)) return resolved(() => place.expandPath(nameOrPath, env));
  if (directory === undefined) throw noDirectory();
  return accountPath(directory, nameOrPath);
}

/** The error of a program that finds no agent directory, in the words of the C suite. */
export function noDirectory(): FileError {
  return new FileError('no-directory', 'oidc-dir does not exist. Run oidc-gen to create it.');
}

/** Turns the error about an unknown folder into one about account files. */
function resolved<Place>(find: () => Place): Place {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new FileError('no-directory', error.message, { hints: error.hints });
  }
}

/** A symbolic link that leads nowhere, or in a circle, is no file. */
function isLinkToFile(path: string, entry: { isSymbolicLink(): boolean }): boolean {
  try {
    return entry.isSymbolicLink() && statSync(path).isFile();
  } catch {
    return false;
  }
}

/** An unreadable file may be an account: the program that opens it reports the error. */
function canBeAccount(path: string): boolean {
  try {
    return startsLikeAccountFile(
      readRegular(path, { most: MAX_FILE_BYTES.account }).bytes.toString('utf8', 0, 32),
    );
  } catch (error) {
    return systemErrorCode(error) !== 'TOO_LARGE';
  }
}

function isAccountName(name: string): boolean {
  return nameProblem(name) === undefined;
}

/** Why a name cannot be one of an account; the other files of the directory are the C suite's. */
function nameProblem(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.includes('/')) return 'it contains a slash';
  if (name.startsWith('.')) return 'it starts with a dot';
  if (/\p{Cc}/u.test(name)) return 'it contains a control character';
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `it is longer than ${MAX_NAME_BYTES} bytes`;
  if (name === 'config' || name === 'oidc-agent-service.options')
    return 'a file of that name configures the agent';
  if (/\.(config|stats|log|clientconfig[0-9]*)$/.test(name)) return 'files with that ending are not accounts';
  return undefined;
}

function printable(name: string): string {
  return JSON.stringify(name).slice(1, -1);
}
