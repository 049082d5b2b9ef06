/** Clients of a sleeping agent that encrypt their requests, as those of the C suite do. */
import { openSync, readFileSync, readSync } from 'node:fs';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import fc from 'fast-check';
import sodium from 'sodium-native';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../../e2e/support/until.ts';
import { RawClient } from '../../agent/test/raw-client.ts';
import { missingSleepers, sleepers } from './builds.ts';
import { RunningSleeper } from './running-sleeper.ts';

const token = '{"status":"success","access_token":"a-token","issuer":"https://issuer/","expires_at":0}';
const entry = { account: 'wlcg', issuer: 'https://issuer/', answer: token };
const tokenRequest = '{"request":"access_token","account":"wlcg"}';

describe.skip.each(missingSleepers)('%s (npm run build:native)', () => it('is not there'));

describe.each(sleepers)('an encrypted client of an agent that sleeps, %s', (name, command) => {
  let agent: RunningSleeper;
  beforeEach(async () => {
    agent = new RunningSleeper(command);
    await agent.start();
    await agent.sleep({ entries: [entry] });
    await until(() => agent.children.length === 0);
  });
  afterEach(() => agent.remove());

  /** Sends a text in pieces of these sizes, the last one of which is the rest. */
  const writeIn = async (client: RawClient, text: string, sizes: readonly number[] = []) => {
    let rest = text;
    for (const size of sizes) {
      await client.write(rest.slice(0, size));
      rest = rest.slice(size);
    }
    await client.write(rest);
  };

  /** A client after the exchange of the public keys. */
  const begin = async (secretKey?: Uint8Array, pieces: readonly number[] = []) => {
    const client = new RawClient(agent.path);
    const channel = new EncryptedChannel(secretKey);
    const agentKey = client.next();
    await writeIn(client, channel.publicKey, pieces);
    const key = await agentKey;
    channel.setPeer(key);
    // The rest of what arrives, without the key.
    return { client, channel, key, answer: async () => (await client.answer()).slice(key.length) };
  };

  it.each([
    ['a token that is ready', tokenRequest, token],
    [
      'what liboidc-agent asks',
      '{"request":"access_token","min_valid_period":0,"account":"wlcg","application_hint":"oidc-token"}',
      token,
    ],
    ['whether it is there', '{"request":"check"}', '{"status":"success"}'],
  ])('is answered without Node: %s', async (_what, request, answer) => {
    const one = await begin();
    await one.client.write(one.channel.seal(request));
    expect(one.channel.open(await one.answer())).toBe(answer);
    expect(agent.children).toEqual([]);
  });

  it('gets the same answer to a request in any pieces', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 });
    const space = fc.constantFrom('', ' ', '\n\t ');
    await fc.assert(
      fc.asyncProperty(sizes, sizes, space, fc.nat(59), async (keyPieces, pieces, gap, seconds) => {
        const one = await begin(undefined, keyPieces);
        const request = `${gap}{"account":"wlcg",${gap}"request":"access_token","min_valid_period":${seconds}}${gap}`;
        await writeIn(one.client, `${one.channel.seal(request)}${gap}`, pieces);
        expect(one.channel.open(await one.answer())).toBe(token);
      }),
      { numRuns: 30 },
    );
    expect(agent.children).toEqual([]);
  });

  it.each([
    ['is for Node', (channel: EncryptedChannel) => channel.seal('{"request":"remove","account":"wlcg"}')],
    ['is for another key', () => otherChannel().seal(tokenRequest)],
    ['was changed', (channel: EncryptedChannel) => changed(channel.seal(tokenRequest), -5)],
    ['has another length', (channel: EncryptedChannel) => channel.seal(tokenRequest).replace(/^43/, '42')],
    ['is longer than the agent understands', (channel: EncryptedChannel) => channel.seal(' '.repeat(5000))],
    ['has no length', () => 'x:y:z'],
    ['has too long a length', () => '12345678'],
    ['has a length alone', () => '1:'.padEnd(60, ':')],
    ['has no base64', () => `1:${'A'.repeat(32)}:${'*'.repeat(24)}`],
    ['has too much padding', () => `1:${'A'.repeat(32)}:${'A'.repeat(20)}====`],
  ])('is left to Node, with the key and what it sent, when its message %s', async (_what, seal) => {
    const { client, channel, answer } = await begin();
    const message = seal(channel);
    await client.write(message);
    const { commonKey, received } = JSON.parse(await answer());
    // As Node reads what arrives in one piece: the sleeping agent does not wait for more than tells that it cannot answer.
    expect(message.startsWith(received)).toBe(true);
    const node = new EncryptedChannel();
    node.setCommonKey(Buffer.from(commonKey, 'hex'));
    expect(channel.open(node.seal('an answer'))).toBe('an answer');
  });

  it.each([
    ['of low order', Buffer.alloc(32).toString('base64')],
    ['with too little padding', 'A'.repeat(44)],
    ['that is none', `${'A'.repeat(20)}*${'A'.repeat(23)}`],
  ])('is left to Node before anything else when it sends a public key %s', async (_what, key) => {
    // The brace is for the stand-in.
    expect(JSON.parse(await agent.ask(`${key}}`))).toEqual({ by: 'worker' });
  });

  it('goes on with Node when another client wakes it in the middle', async () => {
    const waiting = new RawClient(agent.path);
    await waiting.write('AAAA');
    const silent = await begin();
    const half = await begin();
    const message = half.channel.seal(tokenRequest);
    await half.client.write(message.slice(0, 30));
    // The agent reads a message in the same round as what was there before it.
    const other = await begin();
    await other.client.write(other.channel.seal('{"request":"check"}'));
    await other.answer();
    await agent.ask('{"request":"remove"}');
    const answers = [JSON.parse(await silent.answer()), JSON.parse(await half.answer())];
    expect(answers.map(({ received }) => received)).toEqual(['', message.slice(0, 30)]);
    waiting.socket.destroy();
  });

  it('gets an error in plaintext where Node does not start', async () => {
    const other = new RunningSleeper(command);
    await other.start({ settings: 'dies at birth' });
    const client = new RawClient(other.path);
    const channel = new EncryptedChannel();
    const next = client.next();
    await client.write(channel.publicKey);
    const key = await next;
    channel.setPeer(key);
    await client.write(channel.seal('{"request":"status"}'));
    expect(JSON.parse((await client.answer()).slice(key.length))).toMatchObject({ status: 'failure' });
    await other.remove();
  });

  it('gets an error when it ends its side in the middle of its message', async () => {
    const { client, channel, answer } = await begin();
    await client.write(channel.seal(tokenRequest).slice(0, 50));
    client.socket.end();
    const error = 'Bad Request: could not parse json';
    expect(JSON.parse(await answer())).toEqual({ status: 'failure', error });
  });

  // The other builds take ten times as long.
  it.skipIf(name !== 'compiled')('needs no more memory after many conversations', async () => {
    const askMany = async (count: number) => {
      for (let done = 0; done < count; done += 50) {
        await Promise.all(
          Array.from({ length: 50 }, async () => {
            const { client, channel, answer } = await begin();
            await client.write(channel.seal(tokenRequest));
            expect(channel.open(await answer())).toBe(token);
          }),
        );
      }
    };
    await askMany(500);
    const before = agent.residentKiB;
    await askMany(2000);
    expect(agent.residentKiB - before).toBeLessThan(64);
    expect(agent.children).toEqual([]);
  });

  // Sanitizers keep freed memory, and an emulator has memory of its own.
  it.skipIf(process.getuid?.() !== 0 || name !== 'compiled')(
    'leaves no secret of a conversation in its memory (as root, and as it is shipped)',
    async () => {
      const secretKey = Buffer.alloc(32, 7);
      const { client, channel, key, answer } = await begin(secretKey);
      const point = Buffer.alloc(sodium.crypto_scalarmult_BYTES);
      sodium.crypto_scalarmult(point, secretKey, Buffer.from(key, 'base64'));
      await client.write(channel.seal('{"request":"unlock","password":"sesame-opens-all"}'));
      const { commonKey } = JSON.parse(await answer());
      await agent.sleep({ entries: [entry] });
      // It has its token, which shows that this test sees its memory.
      expect(remembers(agent.pid, Buffer.from('a-token'))).toBe(true);
      expect(remembers(agent.pid, point)).toBe(false);
      expect(remembers(agent.pid, Buffer.from(commonKey, 'hex'))).toBe(false);
      expect(remembers(agent.pid, Buffer.from('sesame-opens-all'))).toBe(false);
    },
  );
});

function otherChannel(): EncryptedChannel {
  const channel = new EncryptedChannel();
  channel.setPeer(new EncryptedChannel().publicKey);
  return channel;
}

/** A text with another character at that place, counted from its end. */
function changed(text: string, place: number): string {
  return `${text.slice(0, place)}${text.at(place) === 'A' ? 'B' : 'A'}${text.slice(text.length + place + 1)}`;
}

/** Whether bytes are in the memory of a process. */
function remembers(pid: number, bytes: Buffer): boolean {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const maps = readFileSync(`/proc/${pid}/maps`, 'latin1').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm);
  return [...maps].some(([, from, to]) => {
    const [start, end] = [Number(`0x${from}`), Number(`0x${to}`)];
    const found = Buffer.alloc(end - start);
    return readSync(memory, found, 0, found.length, start) > 0 && found.includes(bytes);
  });
}
