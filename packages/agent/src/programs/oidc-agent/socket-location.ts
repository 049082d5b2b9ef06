import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { checkSocketPath } from '@jeton/protocol/socket-path';
import { ProgramError } from '../../terminal/run.ts';

/** Where the socket is to be, and the folder to remove with it if it was made for it. */
export interface SocketLocation {
  readonly socketPath: string;
  readonly socketFolder: string | undefined;
}

/**
 * Chooses the socket's path and makes its folder (0700). Without a wish: a fresh folder below TMPDIR.
 *
 * A wish is a path; with a slash at its end only the folder; a folder that ends in XXXXXX gets a unique name. A socket that
 * nobody listens on any more is removed.
 *
 * Throws a ProgramError when the path is too long, taken, or not safe from other users.
 */
export async function prepareSocket(
  wish: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<SocketLocation> {
  const file = `oidc-agent.${process.ppid}`;
  const wanted = wish ?? join(env.TMPDIR || '/tmp', 'oidc-XXXXXX', file);
  const path = resolve(wanted.endsWith('/') ? join(wanted, file) : wanted);
  check(path);
  const { folder, made } = makeFolder(dirname(path));
  const socketPath = join(folder, basename(path));
  try {
    check(socketPath);
    checkFolder(folder);
    await removeStale(socketPath);
  } catch (error) {
    if (made) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return { socketPath, socketFolder: made ? folder : undefined };
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
      mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
      return { folder: mkdtempSync(folder.slice(0, -6)), made: true };
    }
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined;
    if (made) chmodSync(folder, 0o700);
    return { folder, made };
  } catch (error) {
    throw new ProgramError(
      `Could not make temp socket directory: ${error instanceof Error ? error.message : error}`,
      ['choose another place: oidc-agent --socket-path=PATH, or another TMPDIR'],
    );
  }
}

/** Nobody else may be able to put a socket of his own in place of ours. */
function checkFolder(folder: string): void {
  const stats = lstatSync(folder);
  const uid = process.getuid?.();
  const trusted = stats.uid === uid || stats.uid === 0;
  const writableByOthers = (stats.mode & 0o022) !== 0 && (stats.mode & 0o1000) === 0;
  if (trusted && !writableByOthers) return;
  throw new ProgramError('socket path location is not trustworthy', [
    `${folder} must belong to you and must not be writable by others: chmod 700`,
  ]);
}

async function removeStale(socketPath: string): Promise<void> {
  if (!existsSync(socketPath) && lstatSync(socketPath, { throwIfNoEntry: false }) === undefined) return;
  if (!lstatSync(socketPath).isSocket()) {
    throw new ProgramError('Could not bind ipc-socket', [`${socketPath} exists and is not a socket`]);
  }
  if (await isListening(socketPath)) {
    throw new ProgramError('Could not bind ipc-socket', [
      `an agent is already listening there; use it: OIDC_SOCK=${socketPath}; export OIDC_SOCK`,
    ]);
  }
  rmSync(socketPath);
}

function isListening(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => undefined).on('connect', () => socket.destroy());
  });
}
