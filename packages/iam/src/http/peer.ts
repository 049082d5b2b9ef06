import { readFileSync } from 'node:fs';
import { isIPv6, type Socket } from 'node:net';

/** The two ends of a connection as Node knows them. */
type Connection = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'>;

const THIS_MACHINE = 'this machine';

/**
 * The name under which attempts from the other end of a connection are counted. An attacker cannot choose it freely. It is the user of
 * this machine that owns the connection (as Linux says, because a user may come from 16 million loopback addresses), an IPv4
 * address, or an IPv6 network of 64 bits (as one computer can use all addresses of that).
 */
export function peerOf(connection: Connection): string {
  const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = connection;
  const address = withoutMapping(remoteAddress);
  if (!/^127\.|^::1$/.test(address)) return isIPv6(address) ? networkOf(address) : address;
  const theirs = entriesOf(address, remotePort);
  const ours = entriesOf(withoutMapping(localAddress), localPort);
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of linesOf(file)) {
      const [, from = '', to = '', state, , , , uid] = line.trim().split(/\s+/);
      // Linux says 0 for the owner of a connection that is being closed, so only open ones count.
      if (state === ESTABLISHED && theirs.includes(from) && ours.includes(to)) return `user ${uid}`;
    }
  }
  return THIS_MACHINE;
}

const ESTABLISHED = '01';

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** A loopback address and a port as /proc/net/tcp and tcp6 have them (proc_net_tcp(5)): of an IPv4 socket, and of one for both. */
function entriesOf(address: string, port: number): string[] {
  const hex = (number: number, digits: number) => number.toString(16).toUpperCase().padStart(digits, '0');
  if (isIPv6(address)) return [`${'0'.repeat(24)}01000000:${hex(port, 4)}`];
  const bytes = address.split('.').reverse();
  const entry = `${bytes.map((byte) => hex(Number(byte), 2)).join('')}:${hex(port, 4)}`;
  return [entry, `${'0'.repeat(16)}FFFF0000${entry}`];
}

/** The IPv4 address in an IPv4-mapped IPv6 address (`::ffff:127.0.0.1`); any other address unchanged. */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, '');
}

function networkOf(address: string): string {
  const [left = [], right = []] = address
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
