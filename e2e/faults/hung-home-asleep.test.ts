/** A home directory on a file server that does not answer, and an agent that sleeps. */
import { getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { canSleep } from '../support/agent/installed-agent.ts';
import { loadAccount, makeAccount, refreshTokenOnDisk } from '../support/agent/logins.ts';
import { hang } from '../support/computer/hung-folder.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { childrenOf } from '../support/processes.ts';
import { WatchedIam } from '../support/servers/watched-iam.ts';
import { until } from '../support/until.ts';

describe.skipIf(!canSleep)(
  'an agent that sleeps, and a home that hangs (as root only: it mounts one)',
  () => {
    const accounts = ['a', 'b'];
    let sandbox: Sandbox;
    let agent: RunningAgent;
    let iam: WatchedIam;
    beforeEach(async () => {
      sandbox = new Sandbox();
      sandbox.env.JETON_SLEEP_AFTER = '0.1';
      agent = await startAgent(sandbox);
      iam = await WatchedIam.start(sandbox, accounts, { behaviour: { rotation: 'detect-reuse' } });
      for (const account of accounts) {
        await makeAccount(sandbox, iam, account);
        await loadAccount(sandbox, agent.socket, account);
      }
    });
    afterEach(() => sandbox.close());

    const children = () => childrenOf(agent.pid);
    const asleep = () => until(() => children().length === 0);
    const token = (account: string, others = {}) =>
      getToken({ account, socketPath: agent.socket, ...others });
    const ask = (request: string) => exchange({ request }, { socketPath: agent.socket });

    it('wakes, gives out ready tokens while others wait, sleeps again, and loses nothing', async (context) => {
      const ready = [await token('a'), await token('b')];
      await asleep();
      const letGo = hang(sandbox, sandbox.accounts);
      context.skip(letGo === undefined, 'this user may not mount');

      const leave = new AbortController();
      const waiting = [
        ...accounts.map((account) => token(account, { forceNew: true, signal: leave.signal })),
        token('nobody-knows-it', { signal: leave.signal }),
      ].map((answer) => answer.catch(() => undefined));
      await until(() => children().length > 0);
      // Also while it wakes.
      expect(await Promise.all(accounts.map((account) => token(account)))).toEqual(ready);
      expect(await ask('status')).toMatchObject({ status: 'success' });
      expect(await Promise.all(accounts.map((account) => token(account)))).toEqual(ready);
      leave.abort();
      await Promise.all(waiting);
      await asleep();
      expect(await Promise.all(accounts.map((account) => token(account)))).toEqual(ready);
      expect(await ask('loaded_accounts')).toMatchObject({ info: accounts });
      expect(children()).toEqual([]);
      expect(iam.refreshes).toHaveLength(accounts.length);

      letGo?.();
      for (const account of accounts) {
        await token(account, { forceNew: true });
        expect(await refreshTokenOnDisk(sandbox, account)).toBe(iam.newest(account));
      }
      expect(iam.control.revokedFamilies).toEqual([]);
    });
  },
);
