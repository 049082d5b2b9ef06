/** A client that has gone wants nothing any more. */
import { AgentError, getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RawClient } from '../../packages/agent/test/raw-client.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { loadAccount, makeAccount } from '../support/agent/logins.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { WatchedIam } from '../support/servers/watched-iam.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
let agent: RunningAgent;
beforeEach(async () => {
  sandbox = new Sandbox();
  agent = await startAgent(sandbox);
});
afterEach(() => sandbox.close());

const load = (name: string) => loadAccount(sandbox, agent.socket, name);
const socketPath = () => ({ socketPath: agent.socket });
const token = (account: string, request: { scope?: string; signal?: AbortSignal } = {}) =>
  getToken({ account, ...request, ...socketPath() });

async function startWith(account: string): Promise<WatchedIam> {
  const iam = await WatchedIam.start(sandbox, [account]);
  await makeAccount(sandbox, iam, account);
  return iam;
}

/** How many clients wait for an answer of the issuer. */
async function waiting(): Promise<number> {
  const { info } = await exchange({ request: 'status_json' }, socketPath());
  return JSON.parse(JSON.stringify(info)).accounts[0].waiting;
}

it('a client that goes away takes with it what only it waited for: nothing is sent to the issuer in its name', async () => {
  const iam = await startWith('mine');
  await load('mine');
  const held = iam.hold('mine');
  const first = token('mine', { scope: 'openid' });
  await held.arrived;
  const leaving = new RawClient(agent.socket);
  await leaving.write(JSON.stringify({ request: 'access_token', account: 'mine', scope: 'compute.read' }));
  const gone = new AbortController();
  const aborted = token('mine', { scope: 'storage.read:/', signal: gone.signal });
  const staying = token('mine', { scope: 'storage.read:/' });
  await until(async () => (await waiting()) === 4);
  leaving.socket.destroy();
  gone.abort();
  await expect(aborted).rejects.toThrow(AgentError);
  await until(async () => (await waiting()) === 2);

  held.release();
  await first;
  expect(decodeJwt((await staying).token).scope).toBe('storage.read:/');
  const sent = iam.refreshesOf('mine').map(({ scope }) => scope);
  expect(sent.slice(1)).toEqual(['openid', 'storage.read:/']);
});
