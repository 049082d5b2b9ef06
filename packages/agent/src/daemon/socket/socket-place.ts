/** Inspects the path of a socket. Kept small, because oidc-agent loads it at each start. */
import { lstatSync, rmdirSync } from 'node:fs';
import { connect } from 'node:net';

/** The path of the socket for a group's members, beside that of the owner. */
export const groupSocketOf = (socketPath: string): string => `${socketPath}.group`;

/** Another process already listens at the path. */
export class SocketTaken extends Error {
  override readonly name = 'SocketTaken';
  readonly path: string;

  constructor(path: string) {
    super(`an agent is already listening at ${path}`);
    this.path = path;
  }
}

/** What says that no process accepts connections at a path. */
const NOT_LISTENING = ['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'ENOTSOCK'];
/** What says that this process may open no more files, so that it cannot find out. */
const NO_MORE_FILES = ['EMFILE', 'ENFILE'];

/**
 * Whether a process accepts connections at a path. One that is busy or denies us access counts, too.
 * @throws the system error if this process may open no more files: it must neither give up its place then, nor take one
 */
export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const { code = '' } = error;
      if (NO_MORE_FILES.includes(code)) reject(error);
      else resolve(!NOT_LISTENING.includes(code));
    });
  });
}

/** Whether only we or root can replace a socket in this folder. */
export function isTrustworthy(folder: string): boolean {
  const { uid, mode } = lstatSync(folder);
  const isSticky = (mode & 0o1000) !== 0;
  return (uid === process.getuid?.() || uid === 0) && ((mode & 0o022) === 0 || isSticky);
}

/** Removes the folder that was made for a socket, unless it holds another file. */
export function removeSocketFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty, or gone already.
  }
}
