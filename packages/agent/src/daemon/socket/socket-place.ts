/** What is at the place of a socket. Small: oidc-agent loads it at each start. */
import { lstatSync, rmdirSync } from 'node:fs';
import { connect } from 'node:net';

/** The path of the socket for a group's members, beside that of the owner. */
export const groupSocketOf = (socketPath: string): string => `${socketPath}.group`;

/** Somebody listens at the path already. */
export class SocketTaken extends Error {
  override readonly name = 'SocketTaken';
  readonly path: string;

  constructor(path: string) {
    super(`an agent is already listening at ${path}`);
    this.path = path;
  }
}

/** Whether somebody takes connections at a path. One who is too busy or not for us does, too. */
export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(!['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'ENOTSOCK'].includes(code ?? '')),
    );
  });
}

/** Whether nobody else can put a socket of his own into the folder in place of ours. */
export function isTrustworthy(folder: string): boolean {
  const { uid, mode } = lstatSync(folder);
  const isSticky = (mode & 0o1000) !== 0;
  return (uid === process.getuid?.() || uid === 0) && ((mode & 0o022) === 0 || isSticky);
}

/** Removes the folder that was made for a socket; another file in it keeps it. */
export function removeSocketFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty, or gone already.
  }
}
