/** The agent renews tokens that programs use before they expire, so that no program waits for the issuer. It does not renew others. */
import { getToken } from '@jeton/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { loadAccount, makeAccount } from '../support/agent/logins.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { WatchedIam } from '../support/servers/watched-iam.ts';
import { until } from '../support/until.ts';

/** Seconds. */
const LIFETIME = 10;

let sandbox: Sandbox;
let agent: RunningAgent;
beforeEach(async () => {
  sandbox = new Sandbox();
  agent = await startAgent(sandbox);
});
afterEach(() => sandbox.close());

const token = (account: string) => getToken({ account, socketPath: agent.socket });

it('the agent renews a token that is in use before it ends, and no client waits for that; a token that is not in use it lets end', async () => {
  const iam = await WatchedIam.start(sandbox, ['used', 'unused'], { lifetimes: { accessToken: LIFETIME } });
  for (const account of ['unused', 'used']) {
    await makeAccount(sandbox, iam, account);
    await loadAccount(sandbox, agent.socket, account);
  }
  const first = await token('used');
  const held = iam.hold('used');
  await held.arrived;
  expect(Date.now() / 1000).toBeLessThan(first.expiresAt);
  expect(await token('used')).toEqual(first);

  held.release();
  await until(() => iam.refreshesOf('used').every(({ answered }) => answered !== undefined));
  await until(async () => (await token('used')).token !== first.token);
  expect(iam.refreshesOf('used')).toHaveLength(2);

  await until(() => Date.now() / 1000 > first.expiresAt);
  expect(iam.refreshesOf('unused')).toHaveLength(1);
  await token('unused');
  expect(iam.refreshesOf('unused')).toHaveLength(2);
});
