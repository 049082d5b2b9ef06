/** The agent directory and the names of the account files in it. */
import { mkdirSync, opendirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describeSystemError, systemErrorCode, VaultError } from './errors.ts';

const MAX_NAME_BYTES = 255;

/** The first of `$OIDC_CONFIG_DIR`, `~/.config/oidc-agent` and `~/.oidc-agent` that can be opened, if any. */
export function agentDirectory(env: NodeJS.ProcessEnv): string | undefined {
  return candidates(env).find(isOpenable);
}

/**
 * The agent directory; if there is none, the first candidate whose parent exists is created (0700).
 * Throws a VaultError `no-directory`.
 */
export function createAgentDirectory(env: NodeJS.ProcessEnv): string {
  const existing = agentDirectory(env);
  if (existing !== undefined) return existing;
  const directory = candidates(env).find((candidate) => isOpenable(dirname(candidate)));
  if (directory === undefined) {
    const named = env.OIDC_CONFIG_DIR ?? '~/.config/oidc-agent';
    throw new VaultError(
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
    throw new VaultError('no-directory', `could not create the agent directory ${directory}: ${reason}`);
  }
  return directory;
}

/** The short names of the accounts in the directory, in byte order. */
export function listAccountNames(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter(
      (entry) =>
        isAccountName(entry.name) && (entry.isFile() || isLinkToFile(join(directory, entry.name), entry)),
    )
    .map((entry) => Buffer.from(entry.name))
    .sort(Buffer.compare)
    .map(String);
}

/** The file of an account. Throws a VaultError `bad-name` for a name that would leave the folder or be hidden in it. */
export function accountPath(directory: string, shortName: string): string {
  const problem = nameProblem(shortName);
  if (problem !== undefined) {
    throw new VaultError('bad-name', `'${printable(shortName)}' is not an account short name: ${problem}`);
  }
  return join(directory, shortName);
}

/** What `oidc-gen -p` takes: a path, if it starts with `/` or `~`, else a short name in the directory. */
export function accountFilePath(
  directory: string | undefined,
  nameOrPath: string,
  env: NodeJS.ProcessEnv,
): string {
  if (/^[/~]/.test(nameOrPath)) return expandPath(nameOrPath, env);
  if (directory === undefined) throw noDirectory();
  return accountPath(directory, nameOrPath);
}

/** The error of a program that finds no agent directory, in the words of the C suite. */
export function noDirectory(): VaultError {
  return new VaultError('no-directory', 'oidc-dir does not exist. Run oidc-gen to create it.');
}

function candidates(env: NodeJS.ProcessEnv): string[] {
  const configured = env.OIDC_CONFIG_DIR;
  const own = configured ? [expandPath(configured, env)] : [];
  if (!env.HOME && own.length > 0) return own;
  return [...own, expandPath('~/.config/oidc-agent', env), expandPath('~/.oidc-agent', env)];
}

/** The absolute path, with a leading `~` and components that are a `$VARIABLE` expanded. */
function expandPath(path: string, env: NodeJS.ProcessEnv): string {
  const components = path.split('/').map((component, index) => {
    if (component === '~' && index === 0) return variable('HOME', ', cannot resolve ~.', env);
    const name = /^\$([A-Za-z_]\w*)$/.exec(component)?.[1];
    return name === undefined ? component : variable(name, `, cannot resolve $${name}.`, env);
  });
  return resolve(components.join('/'));
}

function variable(name: string, consequence: string, env: NodeJS.ProcessEnv): string {
  const value = env[name];
  if (value) return value;
  throw new VaultError('no-directory', `Environment variable ${name} is not set${consequence}`, {
    hints: ['set it, or set OIDC_CONFIG_DIR to the directory of your accounts'],
  });
}

function isOpenable(directory: string): boolean {
  try {
    opendirSync(directory).closeSync();
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemErrorCode(error) ?? '')) return false;
    throw new VaultError('no-directory', `could not open ${directory}: ${describeSystemError(error)}`);
  }
}

function isLinkToFile(path: string, entry: { isSymbolicLink(): boolean }): boolean {
  return entry.isSymbolicLink() && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
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
