/** Clients of the C suite, which encrypt each request, and an agent that sleeps (docs/sleeping-agent.md). */
import { readFileSync } from 'node:fs';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RawClient } from '../../packages/agent/test/raw-client.ts';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { canSleep } from '../support/agent/installed-agent.ts';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { childrenOf } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

describe.skipIf(!canSleep)('an agent that sleeps (npm run build:native)', () => {
  let sandbox: Sandbox;
  let agent: RunningAgent;
  beforeEach(async () => {
    sandbox = new Sandbox();
    sandbox.env.JETON_SLEEP_AFTER = '0.1';
    agent = await startAgent(sandbox);
    const issuer = await startIssuer({
      '/token': [1, 2, 3, 4].map((number) => tokens(`access-${number}`)),
    });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.metadata.issuer });
    expect(await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], withPassword)).toMatchObject({ code: 0 });
    expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({ stdout: 'access-1\n' });
    await asleep();
  });
  afterEach(() => sandbox.close());

  const asleep = () => until(() => childrenOf(agent.pid).length === 0);

  /** Processor time of all Node programs that it has had, in clock ticks: `cutime` and `cstime` of proc_pid_stat(5). */
  const nodeTicks = () => {
    const fields = readFileSync(`/proc/${agent.pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(fields[13]) + Number(fields[14]);
  };

  describe.skipIf(!hasDebianSuite)('and the C suite (needs oidc-agent-cli)', () => {
    const c = (program: string, ...args: string[]) =>
      sandbox.run(program, args, { suite: 'c', ...withPassword });

    it('gives tokens to its oidc-token without waking', async () => {
      const before = nodeTicks();
      for (const args of [[], ['-t', '60'], ['--name', 'a program']]) {
        expect(await c('oidc-token', ...args, 'wlcg')).toMatchObject({ stdout: 'access-1\n', code: 0 });
      }
      const all = await Promise.all(Array.from({ length: 16 }, () => c('oidc-token', 'wlcg')));
      expect(new Set(all.map(({ stdout }) => stdout))).toEqual(new Set(['access-1\n']));
      expect({ ticks: nodeTicks(), children: childrenOf(agent.pid) }).toEqual({
        ticks: before,
        children: [],
      });
    });

    it('hands its clients over to Node where they need that, and sleeps again', async () => {
      expect(await c('oidc-token', '--time=100000', 'wlcg')).toMatchObject({ stdout: 'access-2\n', code: 0 });
      await asleep();
      expect(await c('oidc-token', 'none')).toMatchObject({ stdout: '', code: 1 });
      await asleep();
      expect(await c('oidc-add', '--remove', 'wlcg')).toMatchObject({ code: 0 });
      await asleep();
      expect(await c('oidc-add', '--pw-env', 'wlcg')).toMatchObject({ code: 0 });
      await asleep();
      expect(await c('oidc-token', 'wlcg')).toMatchObject({ stdout: expect.stringMatching(/^access-\d\n$/) });
    });
  });

  /** What an agent says to a client that sends its key, and then a message. */
  const conversation = async (socket: string, key: Key, seal: Seal, rest: string) => {
    const client = new RawClient(socket);
    const channel = new EncryptedChannel();
    const said = client.next();
    await client.write(key(channel));
    const first = await said;
    if (first.startsWith('{')) return first;
    channel.setPeer(first);
    await client.write(seal(channel));
    if (rest !== '') await client.write(rest);
    else client.socket.end();
    const answer = (await client.answer()).slice(first.length);
    return answer.startsWith('{') ? answer : `encrypted ${channel.open(answer)}`;
  };
  type Key = (channel: EncryptedChannel) => string;
  type Seal = (channel: EncryptedChannel) => string;

  const sound: Key = ({ publicKey }) => publicKey;
  const sealed = (channel: EncryptedChannel) => channel.seal('{"request":"access_token","account":"wlcg"}');
  const replaced = (from: RegExp, by: string) => (channel: EncryptedChannel) =>
    sealed(channel).replace(from, by);
  /** Sets those bits of the last character that are not of the 32 bytes. */
  const withOtherBits = (end: string) => `${BASE64[BASE64.indexOf(end.charAt(0)) | 3]}=`;
  const conversations: Record<string, [key: Key, seal: Seal, rest?: string]> = {
    'a token that is ready': [sound, sealed],
    'white space in front': [(channel) => ` \n${channel.publicKey}`, sealed],
    'more behind the message': [sound, (channel) => `${sealed(channel)}\n`],
    'an unknown account': [sound, (channel) => channel.seal('{"request":"access_token","account":"none"}')],
    'an unknown request': [sound, (channel) => channel.seal('{"request":"unknown"}')],
    'what is not JSON': [sound, (channel) => channel.seal('hello')],
    nothing: [sound, (channel) => channel.seal('')],
    'a message in two pieces': [sound, (channel) => sealed(channel).slice(0, 70), '*'.repeat(100)],
    'half a message': [sound, (channel) => sealed(channel).slice(0, 70)],
    'a wrong length': [sound, replaced(/^\d+/, '40')],
    'no length': [sound, replaced(/^\d+/, '')],
    'a negative length': [sound, replaced(/^/, '-')],
    'a large length': [sound, replaced(/^\d+/, '2000000')],
    'a very large length': [sound, replaced(/^\d+/, '100000000')],
    'another nonce': [sound, replaced(/:.{32}:/, `:${'A'.repeat(32)}:`)],
    'a short nonce': [sound, replaced(/:.{32}:/, ':AAAA:')],
    'a wrong code': [sound, replaced(/(?<=:.*:)./, '*')],
    'a key of low order': [() => Buffer.alloc(32).toString('base64'), sealed],
    'a key without padding': [() => 'A'.repeat(44), sealed],
    'a key with bits that mean nothing': [({ publicKey }) => publicKey.replace(/.=$/, withOtherBits), sealed],
    'a list': [() => '[1]', sealed],
    garbage: [() => 'hello, world', sealed],
  };

  it('says to a client that encrypts what an agent says that does not sleep', async () => {
    const other = new Sandbox();
    other.env.JETON_SLEEP_AFTER = 'never';
    const awake = await startAgent(other);
    const issuer = await startIssuer({ '/token': tokens('access-1') });
    await writeAccount(other, { name: 'wlcg', issuer_url: issuer.metadata.issuer });
    await other.run('oidc-add', ['--pw-env', 'wlcg'], withPassword);
    await other.run('oidc-token', ['wlcg']);
    const outcomes: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    /** The issuers differ, and so does the time. */
    const plain = (text: string) => text.replace(/"issuer":.*(?=\})/, '');
    for (const [what, [key, seal, rest = '']] of Object.entries(conversations)) {
      await asleep();
      outcomes[what] = plain(await conversation(agent.socket, key, seal, rest));
      expected[what] = plain(await conversation(awake.socket, key, seal, rest));
    }
    expect(outcomes).toEqual(expected);
    expect(outcomes['a token that is ready']).toContain(
      'encrypted {"status":"success","access_token":"access-1"',
    );
    await other.close();
  });
});
