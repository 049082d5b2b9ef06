/**
 * A socket in the file system, at which clients reach one agent at a time. The agent takes it without races, also one that is
 * left over after a crash, takes it again after it was lost, and removes it at the end.
 */
import { chmodSync, chownSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { withLock } from '../../files/lock/lock.ts';
import { makeFolders } from '../../files/make-folders.ts';
import { isListening, isTrustworthy, SocketTaken } from './socket-place.ts';

/** Clients that may queue for a connection; the system may allow fewer. */
export const BACKLOG = 1024;

/** The members of a group may connect, too. */
export interface Sharing {
  readonly groupId: number;
  /** The folder that was made for the socket, which the group may then enter. Any other folder stays as it is. */
  readonly folder?: string | undefined;
}

export class SocketFile {
  readonly path: string;
  /** Whether the agent cannot start without this socket. It tries to create any other again later. */
  readonly isNeeded: boolean;
  /** Of a socket that systemd has made: its file is made and removed by systemd, too. */
  readonly #descriptor: number | undefined;
  readonly #sharing: Sharing | undefined;
  readonly #onConnection: (socket: Socket) => void;
  #server: Server | undefined;
  /** Identifies the created file. No other file can have this inode while the server is open. */
  #inode: string | undefined;

  constructor(
    path: string,
    onConnection: (socket: Socket) => void,
    options: { isNeeded: boolean; sharing?: Sharing; descriptor?: number | undefined },
  ) {
    const { isNeeded, sharing, descriptor } = options;
    this.#descriptor = descriptor;
    this.path = path;
    this.isNeeded = isNeeded;
    this.#sharing = sharing;
    this.#onConnection = onConnection;
  }

  /** Whether a client that connects to the path reaches this process. */
  get isOurs(): boolean {
    if (this.isGiven) return this.#server !== undefined;
    return this.#inode !== undefined && identityOf(this.path) === this.#inode;
  }

  /** Whether systemd has made the socket. */
  get isGiven(): boolean {
    return this.#descriptor !== undefined;
  }

  /** Listens at the socket of systemd. @throws a system error */
  async adopt(): Promise<void> {
    const server = this.#makeServer();
    await listenAt(server, { fd: this.#descriptor });
    server.on('error', () => undefined);
  }

  /**
   * Listens at the path, for its owner only (0600), or for a group, too (0660). Replaces a stale socket. Call only
   * under the path's lock, and when no process listens.
   *
   * @throws if something other than a socket is at the path, or if other users could replace it; and the system error
   */
  async bind(): Promise<void> {
    const folder = preparePlace(this.path);
    rmSync(this.path, { force: true });
    // Close before listening: closing a server removes the file at its path, also that of another process.
    this.#server?.close();
    const server = this.#makeServer();
    await listenAt(server, { path: this.path });
    this.#share(this.path, folder);
    this.#inode = identityOf(this.path);
    // A failed accept concerns one client only.
    server.on('error', () => undefined);
  }

  #makeServer(): Server {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, this.#onConnection);
    this.#server = server;
    return server;
  }

  /** Lets the group connect, and nothing else: a user with write access to the folder could replace the socket. */
  #share(path: string, folder: string): void {
    if (this.#sharing === undefined) return;
    const { groupId, folder: ours } = this.#sharing;
    giveTo(groupId, path, 0o660);
    if (folder === ours) giveTo(groupId, folder, 0o710);
  }

  /** Ends listening, and removes the file if it is still ours. Resolves when the last client has left. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    // Closing removes the file at the path. If that is another process's by now, the socket stays open until this
    // process ends.
    if (this.isOurs || identityOf(this.path) === undefined)
      await new Promise((resolve) => server.close(resolve));
    else server.unref();
  }
}

/**
 * Listens at all paths, unless another process listens at one of them.
 *
 * @throws SocketTaken, or the reason why a required socket cannot be created
 */
export async function claim(files: readonly SocketFile[]): Promise<void> {
  const own = files.filter(({ isGiven }) => !isGiven);
  await withLocks(
    own.map(({ path }) => path),
    async () => {
      for (const { path } of own) {
        if (await isListening(path)) throw new SocketTaken(path);
      }
      for (const file of own) {
        await file.bind().catch(async (error) => {
          if (!file.isNeeded) return;
          await Promise.all(files.map((file) => file.close()));
          throw error;
        });
      }
      // Clients may be waiting there, and should find the others, too.
      await Promise.all(files.filter(({ isGiven }) => isGiven).map((file) => file.adopt()));
    },
  );
}

/** Listens again if the file is no longer the one that this process created, unless another process listens there. */
export async function reclaim(file: SocketFile): Promise<'ours' | 'taken' | 'failed'> {
  if (file.isOurs) return 'ours';
  try {
    return await withLocks([file.path], async () => {
      if (await isListening(file.path)) return 'taken';
      await file.bind();
      return 'ours';
    });
  } catch {
    // A folder that is missing now may exist again once the user logs in, and this process may open files again.
    return 'failed';
  }
}

/** Holds the locks of all paths. All processes take them in the same order. */
export async function withLocks<T>(paths: readonly string[], work: () => Promise<T>): Promise<T> {
  const [first, ...others] = paths;
  if (first === undefined) return await work();
  try {
    // A lock needs the folder. If creating it fails, `bind` reports why.
    makeFolder(first);
  } catch {}
  return await withLock(first, () => withLocks(others, work));
}

/**
 * Makes the folder of a socket, where it is missing.
 * @returns the folder
 * @throws if something other than a socket is at the path, or if other users could replace it; and the system error
 */
export function preparePlace(path: string): string {
  const folder = makeFolder(path);
  if (!isTrustworthy(folder))
    throw new Error(`${folder} belongs to another user, or other users can write to it`);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isSocket() && !stats.isSymbolicLink()) {
    throw new Error(notASocket(path));
  }
  return folder;
}

export const notASocket = (path: string) => `${path} exists and is not a socket`;

function makeFolder(path: string): string {
  const folder = dirname(path);
  makeFolders(folder);
  return folder;
}

function listenAt(server: Server, place: ListenOptions & { fd?: number | undefined }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const umask = process.umask(0o177);
    try {
      server.listen({ ...place, backlog: BACKLOG }, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(umask);
    }
  });
}

function giveTo(groupId: number, path: string, mode: number): void {
  const { uid } = lstatSync(path);
  chownSync(path, uid, groupId);
  chmodSync(path, mode);
}

/** Identifies the file at a path; undefined if it cannot be inspected. */
export function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = lstatSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
