/** A client that has gone wants nothing any more. */
import { AgentError, exchange, getAccessToken } from '@jeton/client';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RawClient } from '../packages/agent/test/raw-client.ts';
import { type RunningAgent, startAgent } from './support/agent.ts';
import { loadAccount, makeAccount } from './support/logins.ts';
import { Sandbox } from './support/sandbox.ts';
import { WatchedIam } from './support/watched-iam.ts';

let sandbox: Sandbox;
let agent: RunningAgent;
beforeEach(async () => {
  sandbox = new Sandbox();
  agent = await startAgent(sandbox);
});
afterEach(() => sandbox.close());

const load = (name: string) => loadAccount(sandbox, agent.socket, name);
const socketPath = () => ({ socketPath: agent.socket });
const token = (account: string, request: { scope?: string } = {}) =>
  getAccessToken({ account, ...request, ...socketPath() });

async function startWith(account: string): Promise<WatchedIam> {
  const iam = await WatchedIam.start(sandbox, [account]);
  await makeAccount(sandbox, iam, account);
  return iam;
}

describe('a client that goes away', () => {
  it('takes with it what only it waited for: nothing is sent to the issuer in its name', async () => {
    const iam = await startWith('mine');
    await load('mine');
    const held = iam.hold('mine');
    const first = token('mine', { scope: 'openid' });
    await held.arrived;
    const leaving = new RawClient(agent.socket);
    await leaving.write(JSON.stringify({ request: 'access_token', account: 'mine', scope: 'compute.read' }));
    const gone = new AbortController();
    const sharing = [1, 2].map((number) =>
      getAccessToken({
        account: 'mine',
        scope: 'storage.read:/',
        ...socketPath(),
        ...(number === 1 ? { signal: gone.signal } : {}),
      }),
    );
    const [aborted, staying] = sharing;
    await exchange({ request: 'check' }, socketPath());
    leaving.socket.destroy();
    gone.abort();
    await expect(aborted).rejects.toThrow(AgentError);
    await exchange({ request: 'check' }, socketPath());

    held.release();
    await first;
    expect(decodeJwt((await staying)?.token ?? '').scope).toBe('storage.read:/');
    expect(
      iam
        .refreshesOf('mine')
        .slice(1)
        .map(({ scope }) => scope),
    ).toEqual(['openid', 'storage.read:/']);
  });
});
