/** The agent while it sleeps, with a small program in the place of the Node program that it wakes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { frame } from '../../agent/src/daemon/process/frames.ts';
import { RawClient } from '../../agent/test/raw-client.ts';
import { missingSleepers, sleepers } from './builds.ts';

const worker = join(import.meta.dirname, 'stand-in-worker.cjs');

describe.skip.each(missingSleepers)('%s (npm run build:native)', () => it('is not there'));

describe.each(sleepers)('the agent that sleeps, %s', (_name, [program, ...args]) => {
  let folder: string;
  let path: string;
  let agent: ChildProcess;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'jeton-'));
    path = join(folder, 'agent', 'socket');
  });
  afterEach(async () => {
    await end('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  const end = async (signal: NodeJS.Signals) => {
    if (agent.exitCode !== null || agent.signalCode !== null) return;
    const exit = once(agent, 'exit');
    agent.kill(signal);
    await exit;
  };

  /** Starts it with sockets for the owner and perhaps for a group; resolves with its report. */
  async function start({ settings = '{}', script = worker, checkSeconds = 60, group = false } = {}) {
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(folder, 'agent'), { mode: 0o700 });
    agent = spawn(program, args, {
      argv0: 'oidc-agent',
      stdio: ['pipe', 'ignore', 'inherit', 'pipe', 'pipe'],
    });
    const socket = (door: number, place: string, id: number) =>
      frame('socket', { u32: door }, { u32: 1 }, { u32: id }, { text: place }, { text: '' });
    agent.stdin?.end(
      Buffer.concat([
        frame('program', { text: process.execPath }),
        frame('script', { text: script }),
        frame('settings', { bytes: settings }),
        socket(0, path, -1),
        ...(group ? [socket(1, `${path}.group`, process.getgid?.() ?? 0)] : []),
        frame('folder', { text: join(folder, 'agent') }),
        frame('pidFile', { text: join(folder, 'pid') }),
        frame('timing', { f64: checkSeconds }, { u32: 0 }),
      ]),
    );
    const [report] = await once(agent.stdio[3] ?? agent, 'data');
    return JSON.parse(String(report));
  }

  const ask = async (request: object | string, place = path): Promise<string> => {
    const client = new RawClient(place);
    await client.write(typeof request === 'string' ? request : JSON.stringify(request));
    return await client.answer();
  };
  const askWorker = async (request: object) => JSON.parse(await ask(request));
  const sleep = (others: object) => askWorker({ do: 'sleep', ...others });
  const tokenRequest = (others: object = {}) => ({ request: 'access_token', account: 'wlcg', ...others });
  const entry = { account: 'wlcg', issuer: 'https://issuer/', answer: '{"token":"first"}' };

  it('listens for its owner, answers without Node, and leaves nothing behind', async () => {
    expect(await start()).toEqual({ ready: true });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'pid'), 'latin1')).toBe(`${agent.pid}\n`);
    expect(await ask({ request: 'check' })).toBe('{"status":"success"}');
    expect(readFileSync(`/proc/${agent.pid}/task/${agent.pid}/children`, 'latin1')).toBe('');
    await end('SIGTERM');
    expect(agent.exitCode).toBe(0);
    expect([existsSync(join(folder, 'agent')), existsSync(join(folder, 'pid'))]).toEqual([false, false]);
  });

  it('wakes Node for everything else, with the client, what it has sent, the settings and the state', async () => {
    await start({ settings: 'some settings' });
    const first = await askWorker({ state: 'first state', some: 'thing' });
    expect(first).toMatchObject({
      by: 'worker',
      settings: 'some settings',
      state: '',
      asked: { some: 'thing' },
    });
    // It is the one that answers now.
    expect(await askWorker({ other: 'thing' })).toMatchObject({ pid: first.pid, asked: { other: 'thing' } });
    await sleep({ state: 'second state' });
    const second = await askWorker({});
    expect(second).toMatchObject({ state: 'second state', deaths: 0 });
    expect(second.pid).not.toBe(first.pid);
  });

  it('gives out a token that is ready, in whatever way it is asked for, and tells Node that it did', async () => {
    await start();
    const scoped = { ...entry, key: 'a b\nx y', answer: '{"token":"scoped"}' };
    await sleep({ entries: [entry, scoped, { ...entry, account: 'other', issuer: '' }] });
    const first = '{"token":"first"}';
    const asked: [object | string, string][] = [
      [tokenRequest(), first],
      [tokenRequest({ scope: '', audience: null, min_valid_period: 59, application_hint: 'x' }), first],
      [tokenRequest({ min_valid_period: '30', has_terminal: 1, issuer: 'https://another' }), first],
      [{ request: 'access_token', issuer: 'https://issuer' }, first],
      [tokenRequest({ scope: ' b  a ', audience: 'y x y' }), '{"token":"scoped"}'],
      [`\n ${JSON.stringify(tokenRequest())} and more`, first],
      ['{"request":"access_token","account":"\\u0077lcg"}', first],
    ];
    for (const [request, answer] of asked) expect(await ask(request)).toBe(answer);
    expect(await askWorker({})).toMatchObject({ used: ['wlcg\n\n', 'wlcg\na b\nx y'] });
  });

  it.each([
    ['a token that is too short-lived', tokenRequest({ min_valid_period: 60 })],
    ['a new token', tokenRequest({ min_valid_period: -1 })],
    ['an unknown member', tokenRequest({ force: true })],
    ['another scope', tokenRequest({ scope: 'c' })],
    ['another account', tokenRequest({ account: 'none' })],
    ['another request', { request: 'account_info' }],
    ['what is not JSON', '"not an object" {}'],
  ])('leaves %s to Node', async (_what, request) => {
    await start({ script: worker });
    await sleep({ entries: [entry] });
    expect(JSON.parse(await ask(request))).toMatchObject({ by: 'worker' });
  });

  it('keeps a door to what it may give out', async () => {
    await start({ group: true });
    await sleep({
      entries: [
        { ...entry, doors: 1 },
        { ...entry, account: 'shared', doors: 3 },
      ],
    });
    const groupPath = `${path}.group`;
    expect(await ask(tokenRequest({ account: 'shared' }), groupPath)).toBe('{"token":"first"}');
    expect(JSON.parse(await ask(tokenRequest(), groupPath))).toMatchObject({ by: 'worker' });
  });

  it('wakes Node when something is due', async () => {
    await start();
    const { pid } = await sleep({ wakeIn: 0.2 });
    while (readFileSync(`/proc/${agent.pid}/task/${agent.pid}/children`, 'latin1') === '') {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect((await askWorker({})).pid).not.toBe(pid);
  });

  it('wakes Node to renew a token that was used', async () => {
    await start();
    await sleep({ entries: [{ ...entry, life: 60, ahead: 60 }] });
    expect(await ask(tokenRequest())).toBe('{"token":"first"}');
    expect(await askWorker({})).toMatchObject({ used: ['wlcg\n\n'] });
  });

  it('keeps the newest state of a Node program that dies, and starts another one', async () => {
    await start();
    await askWorker({ state: 'newest' });
    expect(await ask({ do: 'die' })).toBe('');
    expect(await askWorker({})).toMatchObject({ state: 'newest', deaths: 1 });
  });

  it('says so where Node does not start, and not each time anew', async () => {
    await start({ settings: 'dies at birth' });
    for (let count = 0; count < 8; count += 1) {
      expect(JSON.parse(await ask({ request: 'status' }))).toMatchObject({
        status: 'failure',
        kind: 'try-again',
      });
    }
    expect(await ask({ request: 'check' })).toBe('{"status":"success"}');
  });

  it('hands over a client that has not finished, and many at once', async () => {
    await start();
    const slow = Array.from({ length: 200 }, () => new RawClient(path));
    await Promise.all(slow.map((client) => client.write('{"half":')));
    const { pid } = await askWorker({});
    await Promise.all(slow.map((client) => client.write('1}')));
    const answers = await Promise.all(slow.map((client) => client.answer()));
    expect(new Set(answers.map((answer) => JSON.parse(answer).pid))).toEqual(new Set([pid]));
  });

  it('tells a client that leaves in the middle of its request', async () => {
    await start();
    const client = new RawClient(path);
    await client.write('{"request":');
    client.socket.end();
    expect(await client.answer()).toBe('{"status":"failure","error":"Bad Request: could not parse json"}');
  });

  it('makes a socket anew that has vanished, and does not end one of another agent', async () => {
    await start({ checkSeconds: 0.05 });
    renameSync(path, `${path}.away`);
    while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await ask({ request: 'check' })).toBe('{"status":"success"}');
  });

  it('ends Node in order before it ends', async () => {
    await start();
    const { pid } = await askWorker({});
    await end('SIGTERM');
    expect(agent.exitCode).toBe(0);
    expect(existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))).toBe(
      false,
    );
  });

  it('needs no more memory after many requests', async () => {
    await start();
    await sleep({ entries: [entry] });
    const resident = () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${agent.pid}/status`, 'latin1'))?.[1]);
    const askMany = async (count: number) => {
      for (let done = 0; done < count; done += 50) {
        await Promise.all(Array.from({ length: 50 }, () => ask(tokenRequest())));
      }
    };
    await askMany(500);
    const before = resident();
    await askMany(5000);
    expect(resident() - before).toBeLessThan(64);
  });
});
