/** Sockets and clients of another process; here, of this one, which gives them away. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred } from '../../../test/deferred.ts';
import { RawClient } from '../../../test/raw-client.ts';
import type { Handler } from './connection.ts';
import { groupDoor, ownerDoor } from './door.ts';
import { type InheritedClient, InheritedServer } from './inherited-server.ts';

const check = JSON.stringify({ request: 'check' });
const success = JSON.stringify({ status: 'success' });
const failure = (error: string) => JSON.stringify({ status: 'failure', error });

let folder: string;
/** Accepts the clients that are given away. */
let other: Server;
let handler: Handler;
let server: InheritedServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'inherited-'));
  other = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(join(folder, 'other'));
  await once(other, 'listening');
  handler = () => ({ status: 'success' });
  server = new InheritedServer([ownerDoor, groupDoor('a-group')], [], (...asked) => handler(...asked));
});
afterEach(async () => {
  await server.close();
  other.close();
  rmSync(folder, { recursive: true });
});

/** The descriptor of a socket, which its object no longer uses. */
function givenAway(socket: Socket): number {
  const { _handle: handle }: { _handle?: { fd?: number } } = Object(socket);
  if (handle?.fd === undefined) throw new Error('the socket has no descriptor');
  return handle.fd;
}

/** A client that the other process has accepted. */
async function inherited(others: Partial<InheritedClient> = {}): Promise<RawClient> {
  const accepted = once(other, 'connection');
  const client = new RawClient(join(folder, 'other'));
  const [socket] = await accepted;
  const usual = { door: 0, secondsLeft: 60, commonKey: Buffer.alloc(0), received: Buffer.alloc(0) };
  server.take([{ descriptor: givenAway(socket), ...usual, ...others }]);
  return client;
}

/** Both sides of an encrypted conversation, after the exchange of keys. */
function conversation(): { channel: EncryptedChannel; commonKey: Buffer } {
  const channel = new EncryptedChannel();
  const commonKey = Buffer.alloc(32, 7);
  channel.setCommonKey(commonKey);
  return { channel, commonKey };
}

describe('a client of another process', () => {
  it('goes on with its request where it was', async () => {
    const client = await inherited({ received: Buffer.from(check.slice(0, 5)) });
    await client.write(check.slice(5));
    expect(await client.answer()).toBe(success);
  });

  it('is answered if that process has read its whole request', async () => {
    expect(await (await inherited({ received: Buffer.from(check) })).answer()).toBe(success);
  });

  it('goes on with its encrypted conversation, before and in the middle of its message', async () => {
    for (const count of [0, 1, 20]) {
      const { channel, commonKey } = conversation();
      const message = channel.seal(check);
      const client = await inherited({ commonKey, received: Buffer.from(message.slice(0, count)) });
      await client.write(message.slice(count));
      expect(channel.open(await client.answer())).toBe(success);
    }
  });

  it('comes by the door at which it connected', async () => {
    const refused = JSON.stringify({ request: 'remove_all' });
    const answer = await (await inherited({ door: 1, received: Buffer.from(refused) })).answer();
    expect(JSON.parse(answer)).toMatchObject({ error: 'operation forbidden' });
  });

  it.each([
    ['that has sent nothing', {}],
    ['in the middle of its request', { received: Buffer.from('{') }],
    ['of an encrypted conversation', { commonKey: conversation().commonKey }],
    ['in the middle of its message', { commonKey: conversation().commonKey, received: Buffer.from('19:') }],
  ])('%s has the seconds that were left, and no more', async (_which, others) => {
    const patient = await inherited({ ...others, secondsLeft: 60 });
    const late = await inherited({ ...others, secondsLeft: 0.1 });
    expect(await late.answer()).toBe(failure('reached timeout'));
    await vi.waitFor(() => expect(server.clients).toBe(1));
    patient.socket.destroy();
  });

  it('that has sent nothing has the usual time for its request once it begins', async () => {
    const client = await inherited({ secondsLeft: 1 });
    await client.write(check.slice(0, 5));
    const late = await inherited({ secondsLeft: 1.5 });
    expect(await late.answer()).toBe(failure('reached timeout'));
    await client.write(check.slice(5));
    expect(await client.answer()).toBe(success);
  });

  it('counts until it has its answer', async () => {
    const answer = deferred();
    handler = async () => {
      await answer.promise;
      return { status: 'success' };
    };
    const client = await inherited({ received: Buffer.from(check) });
    expect(server.clients).toBe(1);
    answer.resolve();
    expect(await client.answer()).toBe(success);
    await vi.waitFor(() => expect(server.clients).toBe(0));
  });
});

describe('a server that ends', () => {
  it('gives their answers to those that wait, and ends the connections of the others', async () => {
    const answer = deferred();
    handler = async () => {
      await answer.promise;
      return { status: 'success' };
    };
    const waiting = await inherited({ received: Buffer.from(check) });
    const silent = await inherited();
    const closed = server.close();
    answer.resolve();
    await closed;
    expect(await waiting.answer()).toBe(success);
    expect(await silent.answer()).toBe('');
  });
});
