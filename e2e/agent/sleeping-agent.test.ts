/** An agent that sleeps (docs/sleeping-agent.md): what a test sees only in the processes of the agent, and not in its answers. */
import { existsSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RawClient } from '../../packages/agent/test/raw-client.ts';
import { readAccount, writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { canSleep } from '../support/agent/installed-agent.ts';
import { loadAccount, makeAccount } from '../support/agent/logins.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { childrenOf, endProcess, processEnd } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { WatchedIam } from '../support/servers/watched-iam.ts';
import { until } from '../support/until.ts';

describe.skipIf(!canSleep)('an agent that sleeps (npm run build:native)', () => {
  let sandbox: Sandbox;
  let agent: RunningAgent;
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  beforeEach(async () => {
    sandbox = new Sandbox();
    sandbox.env.JETON_SLEEP_AFTER = '0.1';
    agent = await startAgent(sandbox);
    issuer = await startIssuer({
      '/token': [1, 2, 3, 4].map((number) =>
        tokens(`access-${number}`, { refresh_token: `refresh-${number}` }),
      ),
    });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.metadata.issuer });
  });
  afterEach(() => sandbox.close());

  const children = () => childrenOf(agent.pid);
  const asleep = () => until(() => children().length === 0);
  const load = (...args: string[]) => sandbox.run('oidc-add', ['--pw-env', ...args, 'wlcg'], withPassword);
  const token = (others = {}) => getToken({ account: 'wlcg', socketPath: agent.socket, ...others });
  const ask = (request: string, others = {}) =>
    exchange({ request, ...others }, { socketPath: agent.socket });
  const asked = () => issuer.requests.filter(({ path }) => path === '/token').length;

  /** Whether a text is in the memory of the process that everybody knows. */
  const remembers = (text: string): boolean => {
    const memory = openSync(`/proc/${agent.pid}/mem`, 'r');
    const maps = readFileSync(`/proc/${agent.pid}/maps`, 'latin1').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm);
    return [...maps].some(([, from, to]) => {
      const [start, end] = [Number(`0x${from}`), Number(`0x${to}`)];
      const bytes = Buffer.alloc(end - start);
      return readSync(memory, bytes, 0, bytes.length, start) > 0 && bytes.includes(text);
    });
  };

  it('gives out its tokens without Node, and goes on as if it had been awake', async () => {
    expect(await load()).toMatchObject({ code: 0 });
    const [first] = [await token()];
    await asleep();
    for (let count = 0; count < 20; count += 1) expect(await token()).toEqual(first);
    expect(await ask('loaded_accounts')).toMatchObject({ info: ['wlcg'] });
    expect(children()).toEqual([]);
    expect(await token({ forceNew: true })).toMatchObject({ token: 'access-2' });
    await asleep();
    expect(await token()).toMatchObject({ token: 'access-2' });
    expect((await readAccount(sandbox, 'wlcg')).refresh_token?.reveal()).toBe('refresh-2');
    expect(asked()).toBe(2);
  });

  it('loses nothing when Node is killed, and says how often that has happened', async () => {
    await load();
    await token({ forceNew: true });
    await until(() => children().length > 0);
    await endProcess(children()[0] ?? 0, 'SIGKILL');
    expect(await ask('loaded_accounts')).toMatchObject({ info: ['wlcg'] });
    expect(await token({ forceNew: true })).toMatchObject({ token: 'access-3' });
    expect((await ask('status_json')).info).toMatchObject({ pid: agent.pid, deaths: 1 });
  });

  it('has saved what changes before a client knows of it', async () => {
    sandbox.env.JETON_SLEEP_AFTER = '600';
    agent = await startAgent(sandbox);
    // So much that saving takes a moment.
    await ask('file_write', { filename: 'long', data: 'x'.repeat(500_000) });
    for (const data of ['1', '2', '3']) {
      await ask('status');
      const [node = 0] = children();
      const client = new RawClient(agent.socket);
      client.socket.once('data', () => process.kill(node, 'SIGKILL'));
      await client.write(JSON.stringify({ request: 'file_write', filename: 'short', data }));
      await client.answer();
      expect(await ask('file_read', { filename: 'short' })).toMatchObject({ data });
    }
  });

  it('sleeps at once when what was due is done, and no client has woken it', async () => {
    sandbox.env.JETON_SLEEP_AFTER = '600';
    agent = await startAgent(sandbox);
    await load();
    await until(() => children().length > 0);
    // It is started again, since it could not be asked whether anything is due.
    const [killed = 0] = children();
    await endProcess(killed, 'SIGKILL');
    await until(() => children().some((child) => child !== killed));
    await asleep();
    expect(await ask('loaded_accounts')).toMatchObject({ info: ['wlcg'] });
    expect(children()).toEqual([]);
  });

  it('falls asleep under load, but not while it gets a token for a client, and answers everyone', async () => {
    const iam = await WatchedIam.start(sandbox, ['busy']);
    await makeAccount(sandbox, iam, 'busy');
    await loadAccount(sandbox, agent.socket, 'busy');
    const busy = (others = {}) => token({ account: 'busy', ...others });
    let answered = 0;
    let isOver = false;
    const clients = Array.from({ length: 8 }, async () => {
      for (; !isOver; answered += 1) await busy();
    });
    const more = async (count: number) => {
      const enough = answered + count;
      await until(() => answered > enough);
    };
    const refresh = iam.hold('busy');
    const waiting = busy({ forceNew: true });
    await refresh.arrived;
    const [node] = children();
    await more(2000);
    expect(children()).toEqual([node]);
    refresh.release();
    const { token: newest } = await waiting;
    await asleep();
    await more(100);
    isOver = true;
    await Promise.all(clients);
    expect(await busy()).toMatchObject({ token: newest });
  });

  it('ends when the process is killed that users know, and leaves no socket without an agent', async () => {
    await load();
    await until(() => children().length > 0);
    const [node = 0] = children();
    await endProcess(agent.pid, 'SIGKILL');
    await processEnd(node);
    expect(existsSync(agent.socket)).toBe(false);
    expect((await readAccount(sandbox, 'wlcg')).refresh_token?.reveal()).toBe('refresh-1');
  });

  it('says no process id any more when the process that has it was killed', async () => {
    await load();
    await until(() => children().length > 0);
    const client = new RawClient(agent.socket);
    await client.write('{"request":"check",');
    await ask('status');
    process.kill(agent.pid, 'SIGKILL');
    await client.write('"pid":1}');
    const answer = await client.answer().catch(() => '');
    expect(answer).not.toContain(`${agent.pid}`);
  });

  it('forgets an account in its sleep when its lifetime is over', async () => {
    await load('-t', '2');
    await asleep();
    await until(async () => JSON.stringify((await ask('loaded_accounts')).info) === '[]');
  });

  it.skipIf(process.getuid?.() !== 0)('holds ciphertext alone when it is locked (as root only)', async () => {
    await load();
    await token();
    await asleep();
    expect([remembers('access-1'), remembers('refresh-1')]).toEqual([true, true]);
    await ask('lock', { password: 'sesame' });
    await asleep();
    expect([remembers('access-1'), remembers('refresh-1'), remembers('sesame')]).toEqual([
      false,
      false,
      false,
    ]);
    await expect(token()).rejects.toThrow('Agent locked');
    await ask('unlock', { password: 'sesame' });
    expect(await token()).toMatchObject({ token: 'access-1' });
  });

  it('says in its sleep that it is locked', async () => {
    await load();
    await ask('lock', { password: 'sesame' });
    await asleep();
    const raw = async (request: object) => {
      const client = new RawClient(agent.socket);
      await client.write(JSON.stringify(request));
      return JSON.parse(await client.answer());
    };
    const refusal = { status: 'failure', error: 'Agent locked' };
    const info = 'hint: unlock it: oidc-add --unlock\n';
    expect(await raw({ request: 'access_token', account: 'wlcg' })).toEqual({ ...refusal, info });
    expect(await raw({ request: 'loaded_accounts' })).toEqual(refusal);
    expect(await raw({ request: 'status_json' })).toEqual(refusal);
    expect(await raw({ request: 'check' })).toEqual({ status: 'success' });
    expect(children()).toEqual([]);
    // The text, which is for people, comes from Node.
    expect(await raw({ request: 'status' })).toEqual({ ...refusal, info });
  });

  it('with --debug wakes Node for each request, to log it, under the process id that users know', async () => {
    const [bin, file] = [join(sandbox.folder, 'bin'), join(sandbox.folder, 'log')];
    mkdirSync(bin);
    const logger = `#!/bin/sh\necho "$@" >> ${file}; exec cat >> ${file}\n`;
    writeFileSync(join(bin, 'logger'), logger, { mode: 0o755 });
    Object.assign(sandbox.env, { PATH: `${bin}:${sandbox.env.PATH}` });
    agent = await startAgent(sandbox, { args: ['--debug'] });
    const logged = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    for (let count = 1; count <= 3; count += 1) {
      await ask('loaded_accounts');
      await until(() => logged().split('loaded_accounts: success').length === count + 1);
      await asleep();
    }
    expect(logged().split(`-t oidc-agent[${agent.pid}] `)).toHaveLength(4);
  });

  it('ends in order in its sleep', async () => {
    await load();
    await asleep();
    await endProcess(agent.pid);
    expect(existsSync(agent.socket)).toBe(false);
  });
});
