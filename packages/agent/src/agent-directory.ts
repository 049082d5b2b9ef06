import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigurationError } from './configuration-error.ts';

/**
 * The first of `$OIDC_CONFIG_DIR`, `~/.config/oidc-agent` and `~/.oidc-agent` that can be opened, if any.
 * @throws ConfigurationError if a variable that is needed for it is not set
 */
export function agentDirectory(env: NodeJS.ProcessEnv): string | undefined {
  return possibleDirectories(env).find(isOpenable);
}

/**
 * The possible places of the agent directory, in the order of search.
 * @throws ConfigurationError when a variable that is needed for it is not set
 */
export function possibleDirectories(env: NodeJS.ProcessEnv): string[] {
  const configured = env.OIDC_CONFIG_DIR;
  const own = configured ? [expandPath(configured, env)] : [];
  if (!env.HOME && own.length > 0) return own;
  return [...own, expandPath('~/.config/oidc-agent', env), expandPath('~/.oidc-agent', env)];
}

/**
 * The absolute path, with a leading `~` and components that are a `$VARIABLE` expanded.
 * @throws ConfigurationError when the variable is not set
 */
export function expandPath(path: string, env: NodeJS.ProcessEnv): string {
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
  throw new ConfigurationError(`Environment variable ${name} is not set${consequence}`, [
    'set it, or set OIDC_CONFIG_DIR to the directory of your accounts',
  ]);
}

/**
 * Whether a folder exists and may be read.
 * @throws ConfigurationError if it cannot be opened for another reason than that it is missing or not readable
 */
export function isOpenable(directory: string): boolean {
  try {
    // The dot requires a folder. Opening it instead would cost oidc-token half a millisecond.
    accessSync(`${directory}/.`, constants.R_OK);
    return true;
  } catch (error) {
    requireMissing(directory, error);
    return false;
  }
}

/**
 * Accepts an error that means a missing or unreadable folder.
 * @throws ConfigurationError for any other error
 */
export function requireMissing(directory: string, error: unknown): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(code)) return;
  throw new ConfigurationError(
    `could not open ${directory}: ${error instanceof Error ? error.message : error}`,
  );
}
