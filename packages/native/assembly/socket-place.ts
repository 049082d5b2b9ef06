/** Inspects and prepares the path of a socket, by the rules of packages/agent/src/daemon/socket/socket-place.ts. */
import { OTHERS_WRITE } from './generated';
import { userId } from './host';
import { linkStatus, makeFolder } from './system';
import { ENOENT } from './system-errors';

const STICKY: u32 = 0o1000;

export function folderOf(path: string): string {
  return path.substring(0, path.lastIndexOf('/'));
}

/** Makes a folder, and those above it. */
export function makeFolders(folder: string): void {
  if (folder === '' || makeFolder(folder) !== ENOENT) return;
  makeFolders(folderOf(folder));
  makeFolder(folder);
}

/** Whether only we or root can replace a socket in this folder. */
export function isTrustworthy(folder: string): bool {
  const status = linkStatus(folder);
  if (status.error !== 0 || (status.owner !== userId() && status.owner !== 0)) return false;
  return (status.mode & OTHERS_WRITE) === 0 || (status.mode & STICKY) !== 0;
}
