/** Many clients at the same moment: each gets what it asked for, and the issuer is asked no more often than it has to be. */

import { getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { loadAccount, makeAccount } from '../support/agent/logins.ts';
import { hasDebianSuite, type Suite } from '../support/computer/programs.ts';
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

/** The parameters of a token; an absent one means the default of the account. */
interface TokenRequest {
  readonly account: string;
  readonly scope?: string;
  readonly audience?: string;
}

/** Clients of each kind; each returns the token. */
const clients = {
  plaintext: async (request: TokenRequest) =>
    (await getToken({ ...request, socketPath: agent.socket })).token,
  encrypted: async (request: TokenRequest) => {
    const message = { request: 'access_token', ...request };
    const { access_token } = await exchange(message, {
      socketPath: agent.socket,
      channel: new EncryptedChannel(),
    });
    return String(access_token);
  },
  ours: (request: TokenRequest) => oidcToken(request, 'ours'),
  c: (request: TokenRequest) => oidcToken(request, hasDebianSuite ? 'c' : 'ours'),
};

async function oidcToken({ account, scope, audience }: TokenRequest, suite: Suite): Promise<string> {
  const args = [scope ? ['-s', scope] : [], audience ? [`--aud=${audience}`] : []].flat();
  const { stdout, stderr, code } = await sandbox.run('oidc-token', [...args, account], { suite });
  expect([stderr, code]).toEqual(['', 0]);
  return stdout;
}

it('64 clients and 50 accounts at once: each gets the token of its own account, scope and audience', async () => {
  const accounts = Array.from({ length: 50 }, (_, index) => `account-${index}`);
  const iam = await WatchedIam.start(sandbox, accounts);
  for (const account of accounts) {
    await makeAccount(sandbox, iam, account);
    await loadAccount(sandbox, agent.socket, account);
  }
  const scopes = [undefined, 'compute.read', 'storage.read:/', 'storage.read:/data'];
  const audiences = [undefined, 'https://one.example', 'https://two.example'];
  // Mostly those that cost no process.
  const kinds = [...Array(7).fill('plaintext'), ...Array(7).fill('encrypted'), 'ours', 'c'] as const;

  const client = async (number: number) => {
    for (let round = 0; round < 5; round += 1) {
      // Other numbers in each round; the same request comes from several clients at once, also in other forms.
      const at = (number >> 1) * 7 + round * 13;
      const account = accounts[at % accounts.length] ?? '';
      const scope = scopes[(at >> 1) % scopes.length];
      const audience = audiences[(at >> 2) % audiences.length];
      const kind: keyof typeof clients = kinds[(number + round) % kinds.length];
      const request = { account, ...(scope ? { scope } : {}), ...(audience ? { audience } : {}) };
      const claims = decodeJwt(await clients[kind](request));
      expect({ kind, account: claims.client_id, scope: claims.scope, audience: claims.aud }).toEqual({
        kind,
        account,
        scope: scope ?? expect.stringContaining('openid'),
        audience: audience ?? 'https://wlcg.cern.ch/jwt/v1/any',
      });
    }
  };
  await Promise.all(Array.from({ length: 64 }, (_, number) => client(number)));

  // One request for each different token: the agent does not request a token twice.
  const asked = iam.refreshes.map(
    ({ client: account, scope, audience }) => `${account} ${scope} ${audience}`,
  );
  expect(new Set(asked).size).toBe(asked.length);
});

it('200 clients want the same token when it has expired: the issuer is asked for it once', async () => {
  const iam = await WatchedIam.start(sandbox, ['wlcg'], { lifetimes: { accessToken: 8 } });
  await makeAccount(sandbox, iam, 'wlcg');
  await loadAccount(sandbox, agent.socket, 'wlcg');
  const expired = await getToken({ account: 'wlcg', socketPath: agent.socket });

  // The agent sleeps, as with a laptop's lid closed, while the token expires and the clients come.
  // It may be two processes, of one group.
  process.kill(-agent.pid, 'SIGSTOP');
  const tokens = Array.from({ length: 200 }, () => getToken({ account: 'wlcg', socketPath: agent.socket }));
  await until(() => Date.now() / 1000 >= expired.expiresAt);
  process.kill(-agent.pid, 'SIGCONT');

  const given = new Set((await Promise.all(tokens)).map(({ token }) => token));
  expect(given.size).toBe(1);
  expect(given).not.toContain(expired.token);
  expect(iam.refreshesOf('wlcg')).toHaveLength(2);
  await exchange({ request: 'check' }, { socketPath: agent.socket });
});
