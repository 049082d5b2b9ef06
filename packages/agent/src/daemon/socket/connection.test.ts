import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Answer, schemas } from '@jeton/protocol';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import * as v from 'valibot';
import { beforeEach, describe, expect, test } from 'vitest';
import { deferred } from '../../../test/deferred.ts';
import { RawClient } from '../../../test/raw-client.ts';
import { RequestFailure } from '../failure.ts';
import type { Handler } from './connection.ts';
import { type AgentServer, listen } from './server.ts';

const check = JSON.stringify({ request: 'check' });
const success = JSON.stringify({ status: 'success' });
const failure = (error: string) => JSON.stringify({ status: 'failure', error });

let socketPath: string;
/** What the handler gets and gives, in the tests that care. */
let handler: Handler;
const handle: Handler = (request, client) => handler(request, client);
let server: AgentServer;

beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'daemon-'));
  socketPath = join(folder, 's');
  handler = async () => ({ status: 'success' });
  // Longer than any test takes on a busy machine.
  server = await listen([socketPath], handle, { deadlines: { idle: 60_000, request: 60_000, farewell: 50 } });
  return async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  };
});

async function ask(bytes: string): Promise<string> {
  const client = new RawClient(socketPath);
  await client.write(bytes);
  return await client.answer();
}

describe('a failure can be read by the libraries', () => {
  /** What each takes an answer apart into: a member of another type is an error for Go, a missing one is not. */
  const Text = v.optional(v.string());
  const Go = {
    access_token: v.object({
      status: Text,
      error: v.string(),
      info: Text,
      access_token: Text,
      issuer: Text,
      expires_at: v.optional(v.pipe(v.number(), v.integer())),
    }),
    mytoken: v.object({ status: Text, error: v.string(), info: Text, mytoken: Text }),
    loaded_accounts: v.object({
      status: v.string(),
      error: v.string(),
      info: v.optional(v.array(v.string())),
    }),
    account_info: v.object({
      status: v.string(),
      error: v.string(),
      info: v.optional(v.record(v.string(), v.unknown())),
    }),
  };
  const types: Record<string, v.GenericSchema> = Go;
  // Python wants an error, and shows what is in info; C reads both as text.
  const CAndPython = v.object({ error: v.string(), info: Text });

  test.each(Object.keys(schemas))('%s', async (request) => {
    handler = async () => {
      throw new RequestFailure('Agent locked', ['unlock it: oidc-add --unlock']);
    };
    const answer = JSON.parse(await ask(JSON.stringify({ request, config: {}, oidc_device: {} })));
    expect(answer).toMatchObject({ status: 'failure', error: 'Agent locked' });
    expect(v.safeParse(CAndPython, answer).success).toBe(true);
    expect(v.safeParse(types[request] ?? CAndPython, answer).success).toBe(true);
  });
});

describe('a request', () => {
  test('is answered, and the connection ends', async () => {
    expect(await ask(check)).toBe(success);
  });

  test('may arrive byte by byte', async () => {
    const client = new RawClient(socketPath);
    for (const byte of Buffer.from(check)) await client.write(Uint8Array.of(byte));
    expect(await client.answer()).toBe(success);
  });

  test('is answered as soon as it is complete, also if more bytes follow', async () => {
    expect(await ask(`${check} and more`)).toBe(success);
  });

  test('that the handler refuses is answered with the reason and hints', async () => {
    handler = async () => {
      throw new RequestFailure('account not loaded', ['load it: oidc-add x', 'or wait']);
    };
    expect(JSON.parse(await ask(check))).toEqual({
      status: 'failure',
      error: 'account not loaded',
      info: 'hint: load it: oidc-add x\nhint: or wait\n',
    });
  });

  test('on which the handler breaks is answered all the same, as one line of JSON', async () => {
    handler = async () => {
      throw new TypeError('broken "here"\n');
    };
    expect(JSON.parse(await ask(check)).error).toBe('internal error: broken "here"\n');
  });
});

describe('a client that goes away while it waits', () => {
  /** The signal that the next request gets, and what ends the request. */
  function waiting() {
    const asked = deferred<AbortSignal>();
    const end = deferred();
    handler = async (_request, { gone }) => {
      asked.resolve(gone);
      await end.promise;
      return { status: 'success' };
    };
    return { asked: asked.promise, answer: end.resolve };
  }
  const aborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

  test('is noticed', async () => {
    const { asked, answer } = waiting();
    const client = new RawClient(socketPath);
    await client.write(check);
    const gone = await asked;
    expect(gone.aborted).toBe(false);
    client.socket.destroy();
    await aborted(gone);
    answer();
  });

  test('is noticed through encryption, too', async () => {
    const { asked, answer } = waiting();
    const channel = new EncryptedChannel();
    const client = new RawClient(socketPath);
    await client.write(channel.publicKey);
    channel.setPeer(await client.next());
    await client.write(channel.seal(check));
    const gone = await asked;
    client.socket.destroy();
    await aborted(gone);
    answer();
  });

  test('is not one that has only said all it had to say', async () => {
    const { asked, answer } = waiting();
    const client = new RawClient(socketPath);
    client.socket.end(check);
    const gone = await asked;
    // Its end has arrived when that of a later one has.
    const later = new RawClient(socketPath);
    later.socket.end();
    expect(await later.answer()).toContain('failure');
    expect(gone.aborted).toBe(false);
    answer();
    expect(await client.answer()).toBe(success);
  });
});

describe('bytes that are no request get the reason', () => {
  test.each([
    ['garbage', 'GET / HTTP/1.1\r\n\r\n', 'Bad Request: could not parse json'],
    ['an array', '[1,2]', 'Bad Request: is not a json object'],
    ['no request type', '{}', 'Bad Request: No request type.'],
    ['an unknown request type', '{"request":"dance"}', 'Bad Request: Unknown request type.'],
    ['something like JSON', '{request:check}', 'Bad Request: could not parse json'],
    ['2 MiB', `{"request":"${'x'.repeat(2 ** 21)}`, 'Bad Request: message longer than 1048576 bytes'],
  ])('%s', async (_name, bytes, error) => {
    expect(await ask(bytes)).toBe(failure(error));
  });

  test('half a message and the end', async () => {
    const client = new RawClient(socketPath);
    client.socket.end(check.slice(0, 10));
    expect(await client.answer()).toBe(failure('Bad Request: could not parse json'));
  });
});

describe('a client that keeps the agent waiting', () => {
  beforeEach(async () => {
    await server.close();
    server = await listen([socketPath], handle, { deadlines: { idle: 200, request: 100, farewell: 50 } });
  });

  test.each([
    ['without a word', ''],
    ['after half a message', check.slice(0, 10)],
    ['after half a public key', 'NYBy1jZYgNGu6j'],
  ])('%s gets an error at its deadline', async (_name, bytes) => {
    expect(await ask(bytes)).toBe(failure('reached timeout'));
  });

  test('after the key exchange gets an error at the deadline of a request', async () => {
    const path = `${socketPath}2`;
    const deadlines = { idle: 60_000, request: 100, farewell: 50 };
    const patient = await listen([path], handler, { deadlines });
    try {
      const client = new RawClient(path);
      await client.write(new EncryptedChannel().publicKey);
      expect((await client.answer()).slice(44)).toBe(failure('reached timeout'));
    } finally {
      await patient.close();
    }
  });

  test('by sending a byte now and then cannot stretch its deadline', async () => {
    const client = new RawClient(socketPath);
    const trickle = setInterval(() => client.write('{'), 5);
    try {
      expect(await client.answer()).toBe(failure('reached timeout'));
    } finally {
      clearInterval(trickle);
    }
  });

  test('and goes on sending after the error is cut off', async () => {
    const client = new RawClient(socketPath);
    const cutOff = new Promise((resolve) => client.socket.once('error', resolve));
    const trickle = setInterval(() => client.write('{'), 5);
    expect(await cutOff).toMatchObject({ code: 'EPIPE' });
    clearInterval(trickle);
    expect(await client.answer()).toBe(failure('reached timeout'));
  });
});

test('a client that keeps the agent waiting delays no other client', async () => {
  const silent = new RawClient(socketPath);
  await silent.write(check.slice(0, 10));
  let hasAnswer = false;
  const late = silent.answer().finally(() => {
    hasAnswer = true;
  });
  expect(await ask(check)).toBe(success);
  expect(hasAnswer).toBe(false);
  silent.socket.end();
  await late;
});

describe('the encrypted form', () => {
  /** Exchanges keys, sends what the client makes of its channel, gives the channel and the answer. */
  async function exchange(message: (channel: EncryptedChannel) => string) {
    const channel = new EncryptedChannel();
    const client = new RawClient(socketPath);
    await client.write(channel.publicKey);
    channel.setPeer(await client.next());
    await client.write(message(channel));
    return { channel, answer: (await client.answer()).slice(44) };
  }

  test('is answered encrypted', async () => {
    const { channel, answer } = await exchange((open) => open.seal(check));
    expect(channel.open(answer)).toBe(success);
  });

  test('of a request that is refused is answered encrypted too', async () => {
    const { channel, answer } = await exchange((open) => open.seal('{"request":"dance"}'));
    expect(channel.open(answer)).toBe(failure('Bad Request: Unknown request type.'));
  });

  test.each([
    [
      'a forged length that is too small',
      (sealed: string) => sealed.replace(/^\d+/, '3'),
      'decryption failed',
    ],
    [
      'a forged length of 100 MB',
      (sealed: string) => sealed.replace(/^\d+/, '100000000'),
      'internal error: ipc encrypted message malformed',
    ],
    [
      'a forged length of 2 MiB',
      (sealed: string) => sealed.replace(/^\d+/, '2097152'),
      'Bad Request: message longer than 1048576 bytes',
    ],
    [
      'a length that is no number',
      (sealed: string) => sealed.replace(/^\d+/, '-1'),
      'internal error: ipc encrypted message malformed',
    ],
    [
      'another message authentication code',
      (sealed: string) => sealed.replace(/.{8}$/, 'AAAAAAA='),
      'decryption failed',
    ],
  ])('with %s is refused in plaintext', async (_name, forge, error) => {
    const { answer } = await exchange((channel) => forge(channel.seal(check)));
    expect(answer).toBe(failure(error));
  });

  test('with a public key of low order is refused', async () => {
    expect(await ask(Buffer.alloc(32).toString('base64'))).toBe(failure('received suspicious public key'));
  });
});

describe('a client that goes away', () => {
  test('while its request is worked on: the work is done, no other client notices', async () => {
    const begun = deferred();
    const ready = deferred<Answer>();
    handler = () => {
      begun.resolve();
      return ready.promise;
    };
    const client = new RawClient(socketPath);
    await client.write(check);
    await begun.promise;
    client.socket.destroy();
    ready.resolve({ status: 'success', info: 'x'.repeat(2 ** 19) });
    handler = async () => ({ status: 'success' });
    expect(await ask(check)).toBe(success);
  });

  test('only with its sending half still gets its answer', async () => {
    const client = new RawClient(socketPath);
    client.socket.end(check);
    expect(await client.answer()).toBe(success);
  });

  test('before its first byte gets no answer', async () => {
    new RawClient(socketPath).socket.destroy();
    expect(await ask(check)).toBe(success);
  });
});

describe('the socket', () => {
  test('is for its owner only', () => {
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  });

  test('serves hundreds at once', async () => {
    const answers = await Promise.all(Array.from({ length: 300 }, () => ask(check)));
    expect(new Set(answers)).toEqual(new Set([success]));
  });

  test('is gone after the end, but a client that waits for an answer still gets it', async () => {
    const begun = deferred();
    const ready = deferred<Answer>();
    handler = () => {
      begun.resolve();
      return ready.promise;
    };
    const answer = ask(check);
    await begun.promise;
    const closed = server.close();
    expect(statSync(socketPath, { throwIfNoEntry: false })).toBeUndefined();
    // Whatever the end does at once is done after a few turns.
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
    ready.resolve({ status: 'success', info: 'late' });
    expect(await answer).toBe(JSON.stringify({ status: 'success', info: 'late' }));
    await closed;
  });

  test('does not wait in the end for a client that does not take its answer', async () => {
    const path = `${socketPath}2`;
    const handle: Handler = async () => ({ status: 'success', info: 'x'.repeat(2 ** 20) });
    const patient = await listen([path], handle, {
      deadlines: { idle: 60_000, request: 60_000, farewell: 50 },
    });
    const client = new RawClient(path);
    client.socket.pause();
    await client.write(check);
    while (client.socket.readableLength === 0) await setImmediate();
    await patient.close();
    client.socket.destroy();
  });
});
