/** The sockets in the file system: made, looked after, removed. The rules are those of packages/agent/src/daemon/socket/socket-file.ts. */

import { notASocket } from '../../generated';
import { Lock } from '../../lock';
import { folderOf, isTrustworthy, makeFolders } from '../../socket-place';
import { reach } from '../../system';
import {
  describeListenError,
  ECONNREFUSED,
  EEXIST,
  EMFILE,
  ENFILE,
  ENOENT,
  ENOTDIR,
  ENOTSOCK,
} from '../../system-errors';
import * as host from '../host';

const S_IFMT: u64 = 0o170000;
const S_IFSOCK: u64 = 0o140000;
const S_IFLNK: u64 = 0o120000;

const seen = memory.data(24);

/** What has come of an attempt to listen again. */
export enum Reopening {
  Done,
  /** Another process listens there. */
  Taken,
  /** Another process is about to listen, or to end this agent. */
  Locked,
  Failed,
}

@final
export class Socket {
  fd: i32 = -1;
  device: u64 = 0;
  inode: u64 = 0;

  constructor(
    readonly door: i32,
    readonly isNeeded: bool,
    readonly group: i32,
    readonly path: string,
    /** A folder that was made for the sockets, which the group may pass. */
    readonly sharedFolder: string,
    /** Of a socket that systemd has made, which makes and removes the file, too; else 0. */
    private readonly given: i32,
  ) {}

  /** Whether a client that connects to the path reaches this process. */
  get isOurs(): bool {
    if (this.given > 0) return this.fd >= 0;
    return (
      this.fd >= 0 &&
      look(this.path) === 0 &&
      this.device === load<u64>(seen) &&
      this.inode === load<u64>(seen, 8)
    );
  }

  /** Listens. @returns 0 or an error */
  open(): i32 {
    if (this.given > 0) {
      this.fd = this.given;
      return 0;
    }
    const status = look(this.path);
    const kind = load<u64>(seen, 16) & S_IFMT;
    if (status === 0 && kind !== S_IFSOCK && kind !== S_IFLNK) return ENOTSOCK;
    if (status === 0) host.removeFile(address(this.path));
    const fd = host.listen(address(this.path), this.group);
    if (fd < 0) return fd;
    this.shareFolder();
    this.take(fd);
    return 0;
  }

  /** Why it could not listen, for an error that `open` has returned. */
  problem(error: i32): string {
    if (error === ENOTSOCK) return notASocket(this.path);
    return describeListenError(error, this.path);
  }

  /** Goes on with a socket that this process has had as another program. @param fd -1 for none */
  adopt(fd: i32, device: u64, inode: u64): void {
    this.fd = fd;
    this.device = device;
    this.inode = inode;
    if (fd >= 0) host.adopt(fd);
  }

  /** Listens again, where the socket has vanished. The lock keeps a new agent from the place meanwhile. */
  reopen(): Reopening {
    const folder = folderOf(this.path);
    makeFolders(folder);
    const lock = new Lock(this.path);
    const refusal = lock.take();
    if (refusal === EEXIST) return Reopening.Locked;
    const isTaken = listens(this.path);
    const isReady = !isTaken && isTrustworthy(folder) && this.replace(folder);
    lock.release();
    if (isTaken) return Reopening.Taken;
    return isReady ? Reopening.Done : Reopening.Failed;
  }

  /** Makes the socket under another name, and moves it: no client finds a socket there at which nothing listens yet. */
  private replace(folder: string): bool {
    const aside = `${folder}/.${host.processId()}`;
    host.removeFile(address(aside));
    const fd = host.listen(address(aside), this.group);
    if (fd < 0) return false;
    const status = look(this.path);
    const kind = load<u64>(seen, 16) & S_IFMT;
    const isFree = status === ENOENT || kind === S_IFSOCK || kind === S_IFLNK;
    if (!isFree || host.rename(address(aside), address(this.path)) < 0) {
      host.removeFile(address(aside));
      host.close(fd);
      return false;
    }
    this.shareFolder();
    this.stop();
    this.take(fd);
    return true;
  }

  private shareFolder(): void {
    if (this.group >= 0 && this.sharedFolder !== '') host.share(address(this.sharedFolder), this.group);
  }

  private take(fd: i32): void {
    this.fd = fd;
    look(this.path);
    this.device = load<u64>(seen);
    this.inode = load<u64>(seen, 8);
  }

  /** Ends listening, and removes the file if it is the one that was made. */
  remove(): void {
    if (this.isOurs && this.given === 0) host.removeFile(address(this.path));
    this.stop();
  }

  stop(): void {
    if (this.fd >= 0) host.close(this.fd);
    this.fd = -1;
  }
}

function look(path: string): i32 {
  return host.identify(address(path), seen);
}

/**
 * Whether a process accepts connections at a path. One that is busy or denies us access counts, too; but not that this process may open
 * no more files to find out.
 */
function listens(path: string): bool {
  const outcome = reach(path);
  if (outcome === EMFILE || outcome === ENFILE) return false;
  return outcome !== ENOENT && outcome !== ENOTDIR && outcome !== ECONNREFUSED && outcome !== ENOTSOCK;
}

/** The address of a copy of a text for the host, which reads it only during the call. */
export function address(text: string): usize {
  return changetype<usize>(String.UTF8.encode(text, true));
}

/** Descriptors as the host reads them; to be freed. */
export function listed(descriptors: i32[]): usize {
  const list = heap.alloc(descriptors.length << 2);
  for (let index = 0; index < descriptors.length; index++)
    store<i32>(list + (index << 2), descriptors[index]);
  return list;
}
