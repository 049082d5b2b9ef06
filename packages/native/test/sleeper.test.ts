/** What the agent does while it sleeps. */
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RawClient } from '../../agent/test/raw-client.ts';
import { missingSleepers, sleepers } from './builds.ts';
import { RunningSleeper } from './running-sleeper.ts';

describe.skip.each(missingSleepers)('%s (npm run build:native)', () => it('is not there'));

describe.each(sleepers)('the agent that sleeps, %s', (_name, command) => {
  let agent: RunningSleeper;
  beforeEach(() => {
    agent = new RunningSleeper(command);
  });
  afterEach(() => agent.remove());

  const tokenRequest = (others: object = {}) => ({ request: 'access_token', account: 'wlcg', ...others });
  const entry = { account: 'wlcg', issuer: 'https://issuer/', answer: '{"token":"first"}' };

  it('listens for its owner, answers without Node, and leaves nothing behind', async () => {
    expect(await agent.start()).toEqual({ ready: true });
    expect(statSync(agent.path).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(agent.folder, 'pid'), 'latin1')).toBe(`${agent.pid}\n`);
    expect(await agent.ask({ request: 'check' })).toBe('{"status":"success"}');
    expect(agent.children).toEqual([]);
    await agent.end('SIGTERM');
    expect(agent.exitCode).toBe(0);
    expect([existsSync(join(agent.folder, 'agent')), existsSync(join(agent.folder, 'pid'))]).toEqual([
      false,
      false,
    ]);
  });

  it('wakes Node for everything else, with the client, what it has sent, the settings and the state', async () => {
    await agent.start({ settings: 'some settings' });
    const first = await agent.askStandIn({ state: 'first state', some: 'thing' });
    expect(first).toMatchObject({
      by: 'worker',
      settings: 'some settings',
      state: '',
      asked: { some: 'thing' },
    });
    // It is the one that answers now.
    expect(await agent.askStandIn({ other: 'thing' })).toMatchObject({
      pid: first.pid,
      asked: { other: 'thing' },
    });
    await agent.sleep({ state: 'second state' });
    const second = await agent.askStandIn({});
    expect(second).toMatchObject({ state: 'second state', deaths: 0 });
    expect(second.pid).not.toBe(first.pid);
  });

  it('gives out a token that is ready, in whatever way it is asked for, and tells the next Node program which one', async () => {
    await agent.start();
    const scoped = { ...entry, key: 'a b\nx y', answer: '{"token":"scoped"}' };
    await agent.sleep({ entries: [entry, scoped, { ...entry, account: 'other', issuer: '' }] });
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
    for (const [request, answer] of asked) expect(await agent.ask(request)).toBe(answer);
    expect(await agent.askStandIn({})).toMatchObject({ used: ['wlcg\n\n', 'wlcg\na b\nx y'] });
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
    await agent.start();
    await agent.sleep({ entries: [entry] });
    expect(JSON.parse(await agent.ask(request))).toMatchObject({ by: 'worker' });
  });

  it('gives out at each door only what that door may give out', async () => {
    await agent.start({ group: true });
    await agent.sleep({
      entries: [
        { ...entry, doors: 1 },
        { ...entry, account: 'shared', doors: 3 },
      ],
    });
    const groupPath = `${agent.path}.group`;
    expect(await agent.ask(tokenRequest({ account: 'shared' }), groupPath)).toBe('{"token":"first"}');
    expect(JSON.parse(await agent.ask(tokenRequest(), groupPath))).toMatchObject({ by: 'worker' });
  });

  it('wakes Node when something is due', async () => {
    await agent.start();
    const { pid } = await agent.sleep({ wakeIn: 0.2 });
    while (agent.children.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect((await agent.askStandIn({})).pid).not.toBe(pid);
  });

  it('wakes Node to renew a token that was used', async () => {
    await agent.start();
    await agent.sleep({ entries: [{ ...entry, life: 60, ahead: 60 }] });
    expect(await agent.ask(tokenRequest())).toBe('{"token":"first"}');
    expect(await agent.askStandIn({})).toMatchObject({ used: ['wlcg\n\n'] });
  });

  it('keeps the newest state of a Node program that dies, and starts another one', async () => {
    await agent.start();
    await agent.askStandIn({ state: 'newest' });
    expect(await agent.ask({ do: 'die' })).toBe('');
    expect(await agent.askStandIn({})).toMatchObject({ state: 'newest', deaths: 1 });
  });

  it('says that Node does not start, also when it attempts no further start', async () => {
    await agent.start({ settings: 'dies at birth' });
    for (let count = 0; count < 8; count += 1) {
      expect(JSON.parse(await agent.ask({ request: 'status' }))).toMatchObject({
        status: 'failure',
        kind: 'try-again',
      });
    }
    expect(await agent.ask({ request: 'check' })).toBe('{"status":"success"}');
  });

  it('hands over a client that has not finished, and many at once', async () => {
    await agent.start();
    const slow = Array.from({ length: 200 }, () => new RawClient(agent.path));
    await Promise.all(slow.map((client) => client.write('{"half":')));
    const { pid } = await agent.askStandIn({});
    await Promise.all(slow.map((client) => client.write('1}')));
    const answers = await Promise.all(slow.map((client) => client.answer()));
    expect(new Set(answers.map((answer) => JSON.parse(answer).pid))).toEqual(new Set([pid]));
  });

  it('sends an error to a client that ends its side in the middle of its request', async () => {
    await agent.start();
    const client = new RawClient(agent.path);
    await client.write('{"request":');
    client.socket.end();
    expect(await client.answer()).toBe('{"status":"failure","error":"Bad Request: could not parse json"}');
  });

  it('makes a socket anew that has vanished, and does not end one of another agent', async () => {
    await agent.start({ checkSeconds: 0.05 });
    renameSync(agent.path, `${agent.path}.away`);
    while (!existsSync(agent.path)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await agent.ask({ request: 'check' })).toBe('{"status":"success"}');
  });

  it('ends Node in order before it ends', async () => {
    await agent.start();
    const { pid } = await agent.askStandIn({});
    await agent.end('SIGTERM');
    expect(agent.exitCode).toBe(0);
    expect(existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))).toBe(
      false,
    );
  });

  it('needs no more memory after many requests', async () => {
    await agent.start();
    await agent.sleep({ entries: [entry] });
    const askMany = async (count: number) => {
      for (let done = 0; done < count; done += 50) {
        await Promise.all(Array.from({ length: 50 }, () => agent.ask(tokenRequest())));
      }
    };
    await askMany(500);
    const before = agent.residentKiB;
    await askMany(5000);
    expect(agent.residentKiB - before).toBeLessThan(64);
  });
});
