/** A home directory on a file server that does not answer: what the agent has it gives all the same. */
import { getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { loadAccount, makeAccount, refreshTokenOnDisk } from '../support/agent/logins.ts';
import { hang } from '../support/computer/hung-folder.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { WatchedIam } from '../support/servers/watched-iam.ts';

/** More than the threads that Node has for files. */
const accounts = ['a', 'b', 'c', 'd', 'e', 'f'];

let sandbox: Sandbox;
let agent: RunningAgent;
let iam: WatchedIam;
beforeEach(async () => {
  sandbox = new Sandbox();
  agent = await startAgent(sandbox);
  iam = await WatchedIam.start(sandbox, accounts, { behaviour: { rotation: 'detect-reuse' } });
  for (const account of accounts) {
    await makeAccount(sandbox, iam, account);
    await loadAccount(sandbox, agent.socket, account);
  }
});
afterEach(() => sandbox.close());

const ask = (request: Parameters<typeof getToken>[0]) => getToken({ ...request, socketPath: agent.socket });

describe('a home directory that hangs (as root only: it mounts one)', () => {
  it('keeps no client from a token that is ready, however many wait for the disk; afterwards nothing is lost', async (context) => {
    const ready = new Map<string, string>();
    for (const account of accounts) ready.set(account, (await ask({ account })).token);
    const { token: ofIssuer } = await ask({ issuer: iam.issuer });
    const letGo = hang(sandbox, sandbox.accounts);
    context.skip(letGo === undefined, 'this user may not mount');

    const leave = new AbortController();
    const waiting = [
      ...accounts.map((account) => ask({ account, forceNew: true, signal: leave.signal })),
      ask({ account: 'nobody-knows-it', signal: leave.signal }),
    ].map((answer) => answer.catch(() => undefined));
    for (const request of ['check', 'loaded_accounts', 'status', 'status_json']) {
      expect(await exchange({ request }, { socketPath: agent.socket })).toMatchObject({ status: 'success' });
    }
    for (const account of accounts) expect((await ask({ account })).token).toBe(ready.get(account));
    expect((await ask({ issuer: iam.issuer })).token).toBe(ofIssuer);
    leave.abort();
    await Promise.all(waiting);
    expect(iam.refreshes).toHaveLength(accounts.length);

    letGo?.();
    for (const account of accounts) {
      await ask({ account, forceNew: true });
      expect(await refreshTokenOnDisk(sandbox, account)).toBe(iam.newest(account));
    }
    expect(iam.control.revokedFamilies).toEqual([]);
  });
});
