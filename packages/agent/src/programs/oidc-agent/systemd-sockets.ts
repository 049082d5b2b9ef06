/** The sockets that systemd has made for the agent, and passes to it: socket activation, sd_listen_fds(3). */
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AgentSettings } from '../../daemon/settings.ts';
import { isTrustworthy } from '../../daemon/socket/socket-place.ts';
import { ProgramError } from '../../terminal/run.ts';

/** The first descriptor that systemd passes. */
const FIRST_DESCRIPTOR = 3;
/** As in packages/native/host/systemd.h. */
const MOST_SOCKETS = 64;
/** Of /proc/net/unix: a socket with a queue of clients, for streams. */
const LISTENS = '00010000';
const IS_STREAM = '0001';
/** Permissions of other users to connect. */
const OTHERS_CONNECT = 0o022;

/**
 * The sockets, in their order; undefined if systemd has passed none.
 *
 * @param pid the process to which they are passed: this one, or the one that becomes the agent
 * @throws ProgramError for a socket at which clients of this user alone cannot be served
 */
export function systemdSockets(
  { LISTEN_PID, LISTEN_FDS }: NodeJS.ProcessEnv,
  pid: number,
): Pick<AgentSettings, 'socketPaths' | 'systemdSockets'> | undefined {
  const count = /^\d{1,2}$/.test(LISTEN_FDS ?? '') ? Number(LISTEN_FDS) : 0;
  if (LISTEN_PID !== String(pid) || count > MOST_SOCKETS) return undefined;
  const descriptors = Array.from({ length: count }, (_, index) => FIRST_DESCRIPTOR + index);
  const [first, ...others] = descriptors.map((descriptor) => pathOf(pid, descriptor));
  if (first === undefined) return undefined;
  return { socketPaths: [first, ...others], systemdSockets: descriptors };
}

function pathOf(pid: number, descriptor: number): string {
  const path = listeningPath(readlinkSync(`/proc/${pid}/fd/${descriptor}`));
  if (path === undefined) {
    throw unusable('it is none at a path', 'use ListenStream= with a path in the socket unit');
  }
  if ((lstatSync(path).mode & OTHERS_CONNECT) !== 0) {
    throw unusable(`other users may connect to ${path}`, 'set SocketMode=0600 in the socket unit');
  }
  const folder = dirname(path);
  if (!isTrustworthy(folder)) {
    throw unusable(`other users may replace ${path}`, `set DirectoryMode=0700, and: chmod 700 ${folder}`);
  }
  return path;
}

/** @param link of a descriptor in /proc, which for a socket has its number */
function listeningPath(link: string): string | undefined {
  const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
  for (const line of readFileSync('/proc/net/unix', 'utf8').split('\n')) {
    const [, flags, type, number, path] = /^\S+ \S+ \S+ (\S+) (\S+) \S+ +(\S+) (\/.*)$/.exec(line) ?? [];
    if (number === inode && flags === LISTENS && type === IS_STREAM) return path;
  }
  return undefined;
}

function unusable(reason: string, hint: string): ProgramError {
  return new ProgramError(`The agent cannot use the socket of systemd: ${reason}`, [hint]);
}
