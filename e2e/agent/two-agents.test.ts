/** Two agents on one folder, as on two login nodes with one home: they use one grant, and neither spends a refresh token twice. */
import { join } from 'node:path';
import { getToken } from '@jeton/client';
import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from '../../packages/agent/src/files/lock/lock.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { loadAccount, makeAccount, refreshTokenOnDisk, saveRefreshToken } from '../support/agent/logins.ts';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { WatchedIam } from '../support/servers/watched-iam.ts';

const ACCOUNTS = Array.from({ length: 10 }, (_, index) => `account-${index}`);
const CLIENTS = 32;

let sandbox: Sandbox;
let iam: WatchedIam;
let agents: RunningAgent[];
beforeEach(async () => {
  sandbox = new Sandbox();
  iam = await WatchedIam.start(sandbox, ACCOUNTS, {
    behaviour: { rotation: 'detect-reuse' },
    lifetimes: { accessToken: 5 },
  });
  agents = [];
  for (const name of ['one', 'two'])
    agents.push(await startAgent(sandbox, { args: ['-a', join(sandbox.folder, name)] }));
  for (const account of ACCOUNTS) {
    await makeAccount(sandbox, iam, account);
    for (const { socket } of agents) await loadAccount(sandbox, socket, account);
  }
});
afterEach(() => sandbox.close());

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const request = fc.record({
  agent: oneOf(0, 1),
  account: oneOf(...ACCOUNTS),
  scope: oneOf(undefined, undefined, 'storage.read:/', 'compute.read'),
  forceNew: oneOf(true, false, false, false),
  // Most of them cost no process.
  program: fc.oneof(
    { weight: 48, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant('ours' as const) },
    { weight: 1, arbitrary: fc.constant(hasDebianSuite ? ('c' as const) : ('ours' as const)) },
  ),
});
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

async function ask({ agent, account, scope, forceNew, program }: Request): Promise<string> {
  const socketPath = agents[agent]?.socket;
  if (program === undefined) return (await getToken({ account, scope, forceNew, socketPath })).token;
  const args = [forceNew ? ['-f'] : [], scope === undefined ? [] : ['-s', scope], account].flat();
  const { stdout, stderr, code } = await sandbox.run('oidc-token', args, {
    suite: program,
    env: { OIDC_SOCK: socketPath },
  });
  expect([stderr, code]).toEqual(['', 0]);
  return stdout;
}

async function askAll(requests: readonly Request[]): Promise<void> {
  const left = [...requests];
  const client = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const { client_id, scope } = decodeJwt(await ask(next));
      expect(client_id).toBe(next.account);
      if (next.scope !== undefined) expect(scope).toBe(next.scope);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

/** Uses the refresh token that is on disk, as a third program would: it works only if there is no newer one. */
async function useFile(account: string): Promise<void> {
  await withLock(join(sandbox.accounts, account), async () => {
    const onDisk = await refreshTokenOnDisk(sandbox, account);
    expect(onDisk).toBe(iam.newest(account));
    await saveRefreshToken(sandbox, iam, account, await iam.spend(account, onDisk));
  });
}

it('2,000 requests in random order end no login, and the file always holds the newest refresh token', async (context) => {
  const seed = Date.now();
  await context.annotate(`seed ${seed}`);
  const requests = fc.sample(request, { numRuns: 2000, seed });
  for (let at = 0; at < requests.length; at += 500) {
    await askAll(requests.slice(at, at + 500));
    for (const account of ACCOUNTS) await useFile(account);
    expect(iam.control.revokedFamilies).toEqual([]);
  }
  const sent = iam.refreshes.map((refresh) => refresh.sent);
  expect(new Set(sent).size).toBe(sent.length);
}, 400_000);
