/** Finds the user of this computer at the other end of a connection. */
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { endianness } from 'node:os';

/**
 * Whether a loopback connection comes from a process of another user, root excepted.
 *
 * Linux reports the user (proc(5), `/proc/net/tcp`). False if unknown: on other systems, for a connection that has
 * ended meanwhile, and for one from outside this system, such as from Windows around WSL.
 */
export async function isOfAnotherUser({
  remoteAddress,
  remotePort = 0,
  localAddress,
  localPort = 0,
}: Socket): Promise<boolean> {
  const file = localAddress?.includes(':') ? '/proc/net/tcp6' : '/proc/net/tcp';
  const table = await readFile(file, 'latin1').catch(() => '');
  const [there, here] = [portOf(remotePort), portOf(localPort)];
  for (const line of table.split('\n')) {
    const [, local = '', remote = '', , , , , uid, , inode] = line.trim().split(/\s+/);
    // At the other end, local and remote are swapped. A closed connection has no inode and belongs to no process.
    if (!local.endsWith(there) || !remote.endsWith(here) || inode === '0') continue;
    if (addressOf(local) !== remoteAddress || addressOf(remote) !== localAddress) continue;
    return uid !== '0' && uid !== String(process.getuid?.());
  }
  return false;
}

const portOf = (port: number) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;

/** Converts an address of the table to Node's spelling. The table has groups of 32 bits in the processor's byte order. */
function addressOf(entry: string): string {
  const bytes = Buffer.from(entry.slice(0, entry.indexOf(':')), 'hex');
  if (endianness() === 'LE') bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: bytes.length / 2 }, (_, index) =>
    bytes.readUInt16BE(2 * index).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
