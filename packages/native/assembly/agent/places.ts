/** The places where agents and clients meet (docs/protocol.md, section "Socket"). */
import { MAX_SOCKET_PATH, OTHERS_WRITE, SERVICE_FOLDER, SOCKET_NAME } from '../generated';
import { userId } from '../host';
import { linkStatus, variable } from '../system';
import { ENOENT } from '../system-errors';

enum Ownership {
  Mine,
  NotMine,
  Missing,
}

/** The paths at which an agent may be, in the order in which to try them. Why others do not count, the Node program says. */
export function socketPlaces(): string[] {
  const named = variable('OIDC_SOCK');
  if (named === '') return stablePlaces();
  return fits(named) ? [named] : [];
}

/** The places where an agent and its clients meet by default. */
export function stablePlaces(): string[] {
  const runtime = variable('XDG_RUNTIME_DIR');
  const temporary = variable('TMPDIR');
  const places: string[] = [];
  // After `su` it is still the directory of the user before.
  if (runtime.startsWith('/') && ownership(runtime) === Ownership.Mine) {
    addIn(places, `${runtime}/${SERVICE_FOLDER}`);
  }
  addIn(places, `${temporary === '' ? '/tmp' : temporary}/${SERVICE_FOLDER}-${userId()}`);
  return places;
}

/** Skips a folder in which another user could put a socket. */
function addIn(places: string[], folder: string): void {
  const path = folder + SOCKET_NAME;
  if (fits(path) && ownership(folder) !== Ownership.NotMine) places.push(path);
}

function fits(path: string): bool {
  return String.UTF8.byteLength(path) <= MAX_SOCKET_PATH;
}

/** The owner of a folder. A symbolic link counts as another user's: its owner may change its target at any time. */
function ownership(folder: string): Ownership {
  const status = linkStatus(folder);
  if (status.error !== 0) return status.error === ENOENT ? Ownership.Missing : Ownership.NotMine;
  const isMine = status.isFolder && status.owner === userId() && (status.mode & OTHERS_WRITE) === 0;
  return isMine ? Ownership.Mine : Ownership.NotMine;
}
