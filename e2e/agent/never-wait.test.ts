/** No client waits for another client, or for another account's issuer, whatever those do or fail to do. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RawClient } from '../../packages/agent/test/raw-client.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { loadAccount, makeAccount } from '../support/agent/logins.ts';
import { hasDebianSuite, type Suite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { WatchedIam } from '../support/servers/watched-iam.ts';

const suites: Suite[] = hasDebianSuite ? ['ours', 'c'] : ['ours'];

let sandbox: Sandbox;
let agent: RunningAgent;
beforeEach(async () => {
  sandbox = new Sandbox();
  agent = await startAgent(sandbox);
});
afterEach(() => sandbox.close());

const load = (name: string) => loadAccount(sandbox, agent.socket, name);
const socketPath = () => ({ socketPath: agent.socket });
const token = (account: string, request: { scope?: string; forceNew?: boolean } = {}) =>
  getToken({ account, ...request, ...socketPath() });

async function startWith(...accounts: string[]): Promise<WatchedIam> {
  const iam = await WatchedIam.start(sandbox, accounts);
  for (const account of accounts) await makeAccount(sandbox, iam, account);
  return iam;
}

/** What other users do meanwhile; everything is asked for once more by the programs of the C suite. */
async function everythingElseWorks(): Promise<void> {
  await exchange({ request: 'check' }, socketPath());
  expect(await sandbox.run('oidc-add', ['--pw-env', 'other'], withPassword)).toMatchObject({ code: 0 });
  for (const suite of suites) {
    const run = (program: string, ...args: string[]) => sandbox.run(program, args, { suite });
    expect((await run('oidc-add', '-a')).stdout).toMatch(/^other$/m);
    const cached = await run('oidc-token', 'other');
    expect(cached).toMatchObject({ stdout: expect.stringMatching(/^ey/), stderr: '', code: 0 });
    const fresh = await run('oidc-token', '-s', suite === 'c' ? 'compute.read' : 'storage.read:/', 'other');
    expect(fresh).toMatchObject({ stdout: expect.stringMatching(/^ey/), stderr: '', code: 0 });
  }
  await exchange({ request: 'status_json' }, socketPath());
  expect(await sandbox.run('oidc-add', ['-r', 'other'])).toMatchObject({ code: 0 });
}

describe('a token endpoint that does not answer', () => {
  it.each(['before', 'after'] as const)(
    '(%s its work) keeps only those clients waiting that need it',
    async (moment) => {
      const iam = await startWith('stuck', 'other');
      await load('stuck');
      const ready = await token('stuck');
      const held = iam.hold('stuck', moment);
      const stuck = token('stuck', { forceNew: true });
      await held.arrived;

      await everythingElseWorks();
      // Not even for the same account, where there is a token already.
      expect(await token('stuck')).toEqual(ready);
      expect(iam.refreshesOf('stuck').at(-1)?.answered).toBeUndefined();

      held.release();
      expect((await stuck).token).not.toBe(ready.token);
    },
  );

  it('while an account is loaded keeps no other client waiting', async () => {
    const iam = await startWith('stuck', 'other');
    const held = iam.hold('stuck');
    const loading = load('stuck');
    await held.arrived;
    await everythingElseWorks();
    expect(iam.refreshesOf('stuck')).toHaveLength(1);
    held.release();
    await loading;
    expect(iam.refreshesOf('stuck')).toHaveLength(1);
  });
});

describe('a client that stalls', () => {
  const plain = (request: object) => JSON.stringify(request);
  const request = { request: 'access_token', account: 'mine' };

  async function agreeOnKey(client: RawClient): Promise<EncryptedChannel> {
    const channel = new EncryptedChannel();
    const key = client.next();
    await client.write(channel.publicKey);
    channel.setPeer(await key);
    return channel;
  }

  /** What it does first, and what it does when all others were served; then the agent owes it this answer. */
  const stalls: Record<string, (client: RawClient) => Promise<(() => Promise<string>) | undefined>> = {
    'says nothing': async (client) => {
      await once(client.socket, 'connect');
      return async () => {
        await client.write(plain(request));
        return await client.answer();
      };
    },
    'sends half a request': async (client) => {
      const text = plain(request);
      await client.write(text.slice(0, 20));
      return async () => {
        await client.write(text.slice(20));
        return await client.answer();
      };
    },
    'sends half a public key': async (client) => {
      const channel = new EncryptedChannel();
      await client.write(channel.publicKey.slice(0, 20));
      return async () => {
        const key = client.next();
        await client.write(channel.publicKey.slice(20));
        channel.setPeer(await key);
        await client.write(channel.seal(plain(request)));
        return channel.open((await client.answer()).slice(44));
      };
    },
    'sends its public key and no more': async (client) => {
      const channel = await agreeOnKey(client);
      return async () => {
        await client.write(channel.seal(plain(request)));
        return channel.open((await client.answer()).slice(44));
      };
    },
    'sends half an encrypted request': async (client) => {
      const channel = await agreeOnKey(client);
      const sealed = channel.seal(plain(request));
      await client.write(sealed.slice(0, 60));
      return async () => {
        await client.write(sealed.slice(60));
        return channel.open((await client.answer()).slice(44));
      };
    },
    'does not read its answer': async (client) => {
      client.socket.pause();
      await client.write(plain({ request: 'account_info' }));
      return async () => {
        client.socket.resume();
        return await client.answer();
      };
    },
    'closes its side and waits': async (client) => {
      await client.write(plain(request));
      client.socket.end();
      return () => client.answer();
    },
    'goes away in the middle of its request': async (client) => {
      await client.write(plain(request).slice(0, 20));
      client.socket.destroy();
      return undefined;
    },
    'goes away instead of waiting': async (client) => {
      await client.write(plain({ ...request, min_valid_period: -1 }));
      client.socket.destroy();
      return undefined;
    },
  };

  /** More bytes than a socket buffers until its peer reads. */
  function makeAnswersLong(): void {
    const accounts = Array.from({ length: 3000 }, (_, index) => `${'account'.repeat(20)}-${index}`);
    const issuers = [{ issuer: 'https://long.example/', accounts }];
    writeFileSync(join(sandbox.accounts, 'issuer.config'), JSON.stringify(issuers), { mode: 0o600 });
  }

  /** Five clients for each kind of stall, and the continuation of each. */
  async function stallAll() {
    makeAnswersLong();
    await startWith('mine', 'other');
    await load('mine');
    const stalled = Object.entries(stalls).flatMap(([what, stall]) =>
      Array.from({ length: 5 }, async () => ({ what, goOn: await stall(new RawClient(agent.socket)) })),
    );
    return await Promise.all(stalled);
  }

  it('in any phase of its exchange keeps no other client waiting', async () => {
    await stallAll();
    await everythingElseWorks();
  });

  it('is served when it goes on, in any phase of its exchange', async () => {
    const stalled = await stallAll();
    await load('other');
    await token('other', { forceNew: true });
    for (const { what, goOn } of stalled) {
      if (goOn === undefined) continue;
      expect(JSON.parse(await goOn()), what).toMatchObject({ status: 'success' });
    }
  });

  it('with its token keeps no other client waiting for the same one', async () => {
    const iam = await startWith('mine');
    await load('mine');
    const held = iam.hold('mine');
    const leaving = new RawClient(agent.socket);
    await leaving.write(plain({ ...request, scope: 'compute.read' }));
    await held.arrived;
    const staying = token('mine', { scope: 'compute.read' });
    leaving.socket.destroy();
    held.release();
    expect(decodeJwt((await staying).token).scope).toBe('compute.read');
    expect(iam.refreshesOf('mine')).toHaveLength(2);
  });
});
