import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { checkSocketPath, type SocketPlaces, stablePlaces } from '@jeton/protocol/socket-path';
import type { AgentSettings } from '../../daemon/settings.ts';
import { groupSocketOf, isTrustworthy } from '../../daemon/socket/socket-place.ts';
import { makeFolders } from '../../files/make-folders.ts';
import { ProgramError } from '../../terminal/run.ts';

/** The paths of the sockets, and the folder to remove with them if it was created for them. */
export type SocketLocation = Pick<AgentSettings, 'socketPaths' | 'socketFolder'>;

/**
 * Prepares the stable places, which every client of this user finds: creates their folders (0700). Without any,
 * `objections` says why.
 */
export function prepareStablePlaces(env: NodeJS.ProcessEnv): SocketPlaces {
  const failures: string[] = [];
  for (const path of stablePlaces(env).paths) {
    try {
      makeFolders(dirname(path));
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  // Another process may have created one of them first.
  const { paths, objections } = stablePlaces(env);
  const made = paths.filter((path) => existsSync(dirname(path))).map((path) => resolve(path));
  return { paths: made, objections: [...objections, ...failures] };
}

/**
 * Chooses the path of a separate agent and creates its folder (0700). Without a request: a fresh folder below
 * TMPDIR.
 *
 * The user may request a path; with a trailing slash only the folder; a folder that ends in XXXXXX gets a unique name.
 *
 * @param isShared whether a socket for a group will be created in the same folder
 * @throws ProgramError if the path is too long, or not safe from other users
 */
export function prepareSocket(
  requested: string | undefined,
  env: NodeJS.ProcessEnv,
  isShared = false,
): SocketLocation {
  const file = `oidc-agent.${process.ppid}`;
  const wanted = requested ?? join(env.TMPDIR || '/tmp', 'oidc-XXXXXX', file);
  const path = resolve(wanted.endsWith('/') ? join(wanted, file) : wanted);
  const longest = (path: string) => (isShared ? groupSocketOf(path) : path);
  check(longest(path));
  const { folder, made } = makeFolder(dirname(path));
  const socketPath = join(folder, basename(path));
  try {
    check(longest(socketPath));
    checkFolder(folder);
  } catch (error) {
    if (made) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return { socketPaths: [socketPath], socketFolder: made ? folder : undefined };
}

function check(path: string): void {
  try {
    checkSocketPath(path);
  } catch (error) {
    throw new ProgramError(error instanceof Error ? error.message : String(error), [
      'choose a shorter one: oidc-agent --socket-path=PATH, or a shorter TMPDIR',
    ]);
  }
}

function makeFolder(folder: string): { folder: string; made: boolean } {
  try {
    if (folder.endsWith('XXXXXX')) {
      makeFolders(dirname(folder));
      return { folder: mkdtempSync(folder.slice(0, -6)), made: true };
    }
    const made = makeFolders(folder);
    if (made) chmodSync(folder, 0o700);
    return { folder, made };
  } catch (error) {
    throw new ProgramError(
      `Could not make temp socket directory: ${error instanceof Error ? error.message : error}`,
      ['choose another place: oidc-agent --socket-path=PATH, or another TMPDIR'],
    );
  }
}

/** Ensures that only we or root can replace our socket. */
function checkFolder(folder: string): void {
  if (isTrustworthy(folder)) return;
  throw new ProgramError('socket path location is not trustworthy', [
    `${folder} must belong to you and must not be writable by others: chmod 700`,
  ]);
}
