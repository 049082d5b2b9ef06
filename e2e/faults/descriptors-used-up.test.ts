/** Clients that stay connected have used up the files that an agent may open: it serves again as soon as some have gone. */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { getToken } from '@jeton/client';
import { connectToAgent } from '@jeton/client/conversation/connect';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { canSleep } from '../support/agent/installed-agent.ts';
import { loadAccount, makeAccount, refreshTokenOnDisk } from '../support/agent/logins.ts';
import { hasPrlimit, lowerLimit } from '../support/computer/limits.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { childrenOf } from '../support/processes.ts';
import { WatchedIam } from '../support/servers/watched-iam.ts';
import { until } from '../support/until.ts';

/** A sleeping agent has five files open: three for standard streams, its socket, and its signals. */
const OWN_FILES = 5;
/** Milliseconds for which the agent is watched, and seconds of the processor that it may use then; also a busy machine would give it more. */
const WATCHED_MS = 1000;
const MAX_USED_SECONDS = 0.04;

describe.skipIf(!canSleep || !hasPrlimit)(
  'an agent that may open no more files (npm run build:native)',
  () => {
    let sandbox: Sandbox;
    let agent: RunningAgent;
    let iam: WatchedIam;
    beforeEach(() => {
      sandbox = new Sandbox();
    });
    afterEach(() => sandbox.close());

    /** Starts an agent with an account and a token that is ready. */
    async function start(sleepAfter: string): Promise<void> {
      sandbox.env.JETON_SLEEP_AFTER = sleepAfter;
      agent = await startAgent(sandbox);
      iam = await WatchedIam.start(sandbox, ['wlcg'], { behaviour: { rotation: 'detect-reuse' } });
      await makeAccount(sandbox, iam, 'wlcg');
      await loadAccount(sandbox, agent.socket, 'wlcg');
      await token();
    }

    const token = (others = {}) => getToken({ account: 'wlcg', socketPath: agent.socket, ...others });
    const asleep = () => until(() => childrenOf(agent.pid).length === 0);
    /** Clients that connect, and ask for nothing. */
    async function connected(count: number): Promise<Socket[]> {
      return await Promise.all(
        Array.from({ length: count }, () => connectToAgent({ socketPath: agent.socket })),
      );
    }
    /** Seconds of a processor that the agent has used. */
    const used = () => {
      const fields = readFileSync(`/proc/${agent.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    };

    it('asleep, waits until a client goes, without using the processor, and loses no client', async () => {
      await start('0.1');
      await asleep();
      lowerLimit(agent.pid, 'nofile', OWN_FILES + 8);
      const idle = await connected(12);
      const before = used();
      let answered = 0;
      const asked = Array.from({ length: 20 }, () => token().finally(() => (answered += 1)));
      await setTimeout(WATCHED_MS);
      expect([answered, used() - before < MAX_USED_SECONDS]).toEqual([0, true]);
      for (const client of idle.slice(0, 5)) client.destroy();
      await Promise.all(asked);
      expect(childrenOf(agent.pid)).toEqual([]);
      for (const client of idle) client.destroy();
      expect((await token({ forceNew: true })).token).not.toBe((await asked[0])?.token);
    });

    it.each([7, 8])('while it wakes, with %i clients: says why it cannot, and goes on', async (count) => {
      await start('0.1');
      await asleep();
      lowerLimit(agent.pid, 'nofile', OWN_FILES + 9);
      const idle = await connected(count);
      const ready = await token();
      await expect(token({ forceNew: true })).rejects.toMatchObject({
        message:
          'the program of the agent does not start: no file can be opened: too many open files (EMFILE)',
        code: 'try-again',
        info: expect.stringContaining('hint: see what ulimit -a allows and what runs already'),
      });
      expect(await token()).toEqual(ready);
      for (const client of idle) client.destroy();
      expect((await token({ forceNew: true })).token).not.toBe(ready.token);
      expect(iam.control.revokedFamilies).toEqual([]);
    });

    it('awake, keeps a refresh token that it cannot save, and saves it later', async () => {
      await start('600');
      const [node = 0] = childrenOf(agent.pid);
      const held = iam.hold('wlcg');
      const first = token({ forceNew: true });
      await held.arrived;
      const [connectedBefore] = await connected(1);
      const raise = lowerLimit(node, 'nofile', 10);
      held.release();
      expect((await first).info).toContain("the new refresh token of 'wlcg' is not on disk yet");
      expect(connectedBefore?.destroyed).toBe(false);
      expect(await refreshTokenOnDisk(sandbox, 'wlcg')).not.toBe(iam.newest('wlcg'));
      raise();
      await token({ forceNew: true });
      expect(await refreshTokenOnDisk(sandbox, 'wlcg')).toBe(iam.newest('wlcg'));
      expect(await exchange({ request: 'loaded_accounts' }, { socketPath: agent.socket })).toMatchObject({
        info: ['wlcg'],
      });
      expect(iam.control.revokedFamilies).toEqual([]);
    });
  },
);

it.each([20, 21, 22])(
  'an agent that may open only %i files starts, or says why it does not',
  async (limit) => {
    const sandbox = new Sandbox();
    const start = `ulimit -n ${limit}; oidc-agent -a ${sandbox.folder}/agent/`;
    const { stdout, stderr } = await sandbox.run('/bin/sh', ['-c', start]);
    expect(`${stdout}${stderr}`).toMatch(/^(OIDC_SOCK=|Error: )|^Error: .*too many open files/m);
    await sandbox.close();
  },
);
