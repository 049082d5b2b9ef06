import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { peerOf } from './peer.ts';

const closing: { destroy(): void }[] = [];
afterEach(() => {
  for (const one of closing.splice(0)) one.destroy();
});

/** Both ends of a connection to a server, which listens at one address, through another address. */
async function connection(at: string, by: string): Promise<{ client: Socket; server: Socket }> {
  const listener = createServer({ allowHalfOpen: true }).listen(0, at);
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const client = connect({ port: address.port, host: by, allowHalfOpen: true });
  const [server]: Socket[] = await once(listener, 'connection');
  listener.close();
  if (server === undefined) throw new Error('no connection');
  closing.push(client, server);
  return { client, server };
}

describe.skipIf(process.platform !== 'linux')('a peer on this machine', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '127.3.2.1'],
    ['::1', '::1'],
    ['::', '127.0.0.1'],
    ['::', '::1'],
  ])('at %s, by %s, is its user', async (at, by) => {
    const { server } = await connection(at === '127.0.0.1' ? '0.0.0.0' : at, by);
    expect(peerOf(server)).toBe(`user ${process.getuid?.()}`);
  });

  it('that closes its half of the connection counts as this machine', async () => {
    const { client, server } = await connection('127.0.0.1', '127.0.0.1');
    server.resume();
    client.end();
    await once(server, 'end');
    expect(peerOf(server)).toBe('this machine');
  });
});

describe('a peer elsewhere', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['2001:db8::3:4:5:6', '2001:db8:0:0'],
    ['2001::2:3:4:5:6', '2001:0:0:2'],
    ['::2', '0:0:0:0'],
  ])('%s is %s', (remoteAddress, peer) => {
    expect(peerOf({ remoteAddress, remotePort: 1, localAddress: '192.0.2.1', localPort: 2 })).toBe(peer);
  });
});
