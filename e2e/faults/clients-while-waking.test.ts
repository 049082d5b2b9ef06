/** Many clients at once, at the moments at which an agent wakes or falls asleep: each gets its answer. */
import { AgentError, getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { canSleep } from '../support/agent/installed-agent.ts';
import { loadAccount, makeAccount } from '../support/agent/logins.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { childrenOf } from '../support/processes.ts';
import { WatchedIam } from '../support/servers/watched-iam.ts';
import { until } from '../support/until.ts';

describe.skipIf(!canSleep)('many clients of an agent that sleeps (npm run build:native)', () => {
  let sandbox: Sandbox;
  let agent: RunningAgent;
  let iam: WatchedIam;
  beforeEach(async () => {
    sandbox = new Sandbox();
    sandbox.env.JETON_SLEEP_AFTER = '0.1';
    agent = await startAgent(sandbox);
  });
  afterEach(() => sandbox.close());

  const children = () => childrenOf(agent.pid);
  const asleep = () => until(() => children().length === 0);
  const token = (account: string, others = {}) => getToken({ account, socketPath: agent.socket, ...others });
  const ask = (request: string) => exchange({ request }, { socketPath: agent.socket });
  /** Loads accounts, each with a token that is ready. */
  async function load(accounts: readonly string[], accessTokenSeconds = 3600): Promise<void> {
    iam = await WatchedIam.start(sandbox, accounts, { lifetimes: { accessToken: accessTokenSeconds } });
    for (const account of accounts) {
      await makeAccount(sandbox, iam, account);
      await loadAccount(sandbox, agent.socket, account);
      await token(account);
    }
  }

  it('1,000 that ask while it wakes are all answered', async () => {
    await load(['wlcg']);
    await asleep();
    const kinds = [
      () => ask('status'),
      () => token('wlcg', { scope: 'compute.read' }),
      () => token('wlcg'),
      () => ask('loaded_accounts'),
    ];
    const asked = Array.from({ length: 250 }, () => kinds.map((request) => request())).flat();
    const answers = await Promise.all(asked);
    expect(answers).toHaveLength(1000);
    expect(new Set(answers.flatMap((answer) => ('token' in answer ? answer.token : []))).size).toBe(2);
    // Those who wait for the same token share a refresh.
    expect(iam.refreshes).toHaveLength(2);
  });

  it('of 1,500, each is answered or is advised to come later', async () => {
    await load(['wlcg']);
    await asleep();
    const asked = Array.from({ length: 1500 }, () => token('wlcg', { scope: 'compute.read' }));
    const outcomes = await Promise.allSettled(asked);
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(failures.length).toBeLessThanOrEqual(1500 - 1024);
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(AgentError);
      expect(failure).toMatchObject({ code: 'try-again' });
    }
    expect(await ask('check')).toMatchObject({ status: 'success' });
  });

  it('that ask for ready tokens all the time do not keep it awake, though tokens are renewed meanwhile', async () => {
    const accounts = ['a', 'b', 'c', 'd', 'e'];
    await load(accounts, 15);
    const before = iam.refreshes.length;
    let isOver = false;
    const clients = accounts.map(async (account) => {
      while (!isOver) await token(account);
    });
    // A new token wakes it, and then it has nothing to do but to answer.
    for (let time = 0; time < 2; time += 1) {
      await token('a', { scope: 'compute.read', minValid: time });
      await asleep();
    }
    await until(() => iam.refreshes.length > before + 1);
    await asleep();
    isOver = true;
    await Promise.all(clients);
  });
});
