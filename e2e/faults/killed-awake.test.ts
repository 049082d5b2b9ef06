/**
 * The Node program of an agent that sleeps (docs/sleeping-agent.md) is killed at any moment of a refresh. The process that sleeps knows each
 * new refresh token before it is saved, so a login is lost only where the issuer has replaced the refresh token and its answer was on
 * the way, or was just being read.
 *
 * `npm run kills` kills more often, and prints how many logins were lost and when.
 */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { AgentError, getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canSleep } from '../support/agent/installed-agent.ts';
import { loadAccount, makeAccount, refreshTokenOnDisk } from '../support/agent/logins.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { childrenOf, endProcess } from '../support/processes.ts';
import { WatchedIam } from '../support/servers/watched-iam.ts';
import { until } from '../support/until.ts';
import { killsOr, loginIsGone, moments, rotating, seed, usualDuration } from './kill-moments.ts';

/** With one more within a minute, the agent would not start Node again. */
const KILLS_OF_AN_AGENT = 4;
const KILLS = killsOr(2);

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

/** An agent whose Node program can be killed, with the accounts that it holds. */
class Victim {
  readonly socket: string;
  readonly accounts: readonly string[];
  readonly #env: { readonly JETON_SLEEP_AFTER: string };
  #pid = 0;

  /** @param sleepAfter seconds */
  constructor(name: string, accounts: readonly string[], sleepAfter = '5') {
    this.socket = join(sandbox.folder, name);
    this.accounts = accounts;
    this.#env = { JETON_SLEEP_AFTER: sleepAfter };
  }

  async start(): Promise<void> {
    const { stdout } = await sandbox.run('oidc-agent', ['-a', this.socket, '--json'], { env: this.#env });
    const { dpid } = JSON.parse(stdout);
    this.#pid = Number(dpid);
    sandbox.onClose(() => endProcess(Number(dpid)));
    for (const account of this.accounts) await this.load(account);
  }

  /** Ends it in order, and starts another one. */
  async startAnew(): Promise<void> {
    await endProcess(this.#pid);
    await this.start();
  }

  get node(): number | undefined {
    return childrenOf(this.#pid)[0];
  }

  /** Kills the Node program, if the agent is awake. */
  async killNode(): Promise<void> {
    const { node } = this;
    if (node !== undefined) await endProcess(node, 'SIGKILL');
  }

  load(account: string): Promise<void> {
    return loadAccount(sandbox, this.socket, account);
  }

  /** As `oidc-gen --reauthenticate` and `oidc-add`. */
  async logIn(iam: WatchedIam, account: string): Promise<void> {
    await exchange({ request: 'remove', account }, { socketPath: this.socket });
    await makeAccount(sandbox, iam, account);
    await this.load(account);
  }

  /** Gets a new token of an account. */
  refresh(account: string): Promise<string> {
    return getToken({ account, forceNew: true, socketPath: this.socket }).then(({ token }) => token);
  }

  /** Asks for new tokens of all accounts. Gives the names of those that came, as they come. */
  refreshAll(): { readonly delivered: Set<string>; readonly over: Promise<unknown> } {
    const delivered = new Set<string>();
    const asked = this.accounts.map((account) =>
      this.refresh(account).then(
        () => delivered.add(account),
        (error) => expect(error).toBeInstanceOf(AgentError),
      ),
    );
    return { delivered, over: Promise.all(asked) };
  }

  /** Milliseconds in which all accounts are refreshed. */
  async duration(): Promise<number> {
    return await usualDuration(() => this.refreshAll().over);
  }
}

describe.skipIf(!canSleep)(
  'a kill of the Node program of an agent that sleeps (npm run build:native)',
  () => {
    it('at any moment costs only a login whose answer was on the way', async (context) => {
      // One stays awake, one sleeps between two kills, one sleeps whenever it can.
      const lanes = ['5', '0.05', '0'].map((sleepAfter, lane) => ({
        sleepAfter,
        accounts: ['a', 'b', 'c', 'd', 'e'].map((letter) => `${letter}-${lane}`),
      }));
      const iam = await WatchedIam.start(
        sandbox,
        lanes.flatMap(({ accounts }) => accounts),
        rotating,
      );
      const seen = { idle: 0, waiting: 0, answered: 0, lostWaiting: 0 };
      const lostAfter: number[] = [];

      /** What must be true of an account after the kill. */
      async function examine(
        victim: Victim,
        account: string,
        { before, killedAt, isDelivered }: { before: number; killedAt: number; isDelivered: boolean },
      ) {
        await iam.settled(account);
        const refresh = iam.refreshesOf(account)[before];
        const error = await victim.refresh(account).catch((error) => error);
        const isLost = error instanceof AgentError;
        const answeredAt = refresh?.answered ?? Number.POSITIVE_INFINITY;
        // The next Node program answers a client that the one before has not served yet.
        if (refresh === undefined || (!isLost && refresh.arrived > killedAt)) seen.idle += 1;
        else if (answeredAt > killedAt) seen.waiting += 1;
        else seen.answered += 1;
        if (!isLost) return;
        expect(error).toMatchObject(loginIsGone);
        // A program that got an access token can rely on the refresh token that came with it.
        expect({ isDelivered, isAsked: refresh !== undefined }).toEqual({
          isDelivered: false,
          isAsked: true,
        });
        if (answeredAt > killedAt) seen.lostWaiting += 1;
        else lostAfter.push(killedAt - answeredAt);
        await victim.logIn(iam, account);
      }

      await Promise.all(
        lanes.map(async ({ sleepAfter, accounts }, number) => {
          const victim = new Victim(`agent-${number}`, accounts, sleepAfter);
          for (const account of accounts) await makeAccount(sandbox, iam, account);
          await victim.start();
          const duration = await victim.duration();
          for (const [kill, moment] of moments(KILLS, number).entries()) {
            if (kill % KILLS_OF_AN_AGENT === KILLS_OF_AN_AGENT - 1) await victim.startAnew();
            const before = accounts.map((account) => iam.refreshesOf(account).length);
            const { delivered, over } = victim.refreshAll();
            await setTimeout(moment * duration * 1.2);
            const deliveredBefore = new Set(delivered);
            const killedAt = performance.now();
            await victim.killNode();
            await over;
            await Promise.all(
              accounts.map((account, index) => {
                const isDelivered = deliveredBefore.has(account);
                return examine(victim, account, { before: before[index] ?? 0, killedAt, isDelivered });
              }),
            );
          }
        }),
      );
      const refreshes = lanes.length * KILLS * 5;
      const losses = lostAfter.sort((a, b) => a - b).map((ms) => `${ms.toFixed(1)} ms`);
      await context.annotate(`seed ${seed}, ${lanes.length * KILLS} kills of ${refreshes} refreshes:
request not at the issuer yet: ${seen.idle}, no login lost
killed before the issuer had sent its answer: ${seen.waiting}, lost ${seen.lostWaiting}
killed after that: ${seen.answered}, lost ${losses.length} (${losses.join(', ') || 'none'} after it)`);
    }, 400_000);

    it('costs nothing where the disk has not taken the new refresh token: the next one saves it', async () => {
      const iam = await WatchedIam.start(sandbox, ['wlcg'], rotating);
      await makeAccount(sandbox, iam, 'wlcg');
      const victim = new Victim('agent', ['wlcg']);
      await victim.start();
      const away = `${sandbox.accounts}.away`;
      const held = iam.hold('wlcg');
      const token = getToken({ account: 'wlcg', forceNew: true, socketPath: victim.socket });
      await held.arrived;
      renameSync(sandbox.accounts, away);
      held.release();
      expect((await token).info).toContain("the new refresh token of 'wlcg' is not on disk yet");
      await victim.killNode();
      renameSync(away, sandbox.accounts);
      expect(await refreshTokenOnDisk(sandbox, 'wlcg')).not.toBe(iam.newest('wlcg'));
      await victim.refresh('wlcg');
      expect(await refreshTokenOnDisk(sandbox, 'wlcg')).toBe(iam.newest('wlcg'));
      expect(iam.control.revokedFamilies).toEqual([]);
    });

    it.each([
      ['awake', '5'],
      ['asleep', '0'],
    ])('and one of an agent that is %s lets the next agent start at once', async (_shape, sleepAfter) => {
      const iam = await WatchedIam.start(sandbox, ['wlcg'], rotating);
      await makeAccount(sandbox, iam, 'wlcg');
      const start = async () => {
        const env = { JETON_SLEEP_AFTER: sleepAfter };
        const { stdout } = await sandbox.run('oidc-agent', ['--json'], { env });
        const { socket: socketPath, dpid }: { socket: string; dpid: string } = JSON.parse(stdout);
        await loadAccount(sandbox, socketPath, 'wlcg');
        await getToken({ account: 'wlcg', forceNew: true, socketPath });
        if (sleepAfter === '0') await until(() => childrenOf(Number(dpid)).length === 0);
        sandbox.onClose(() => endProcess(Number(dpid), 'SIGKILL'));
        return Number(dpid);
      };
      const first = await start();
      process.kill(first, 'SIGKILL');
      expect(await start()).not.toBe(first);
      expect(iam.control.revokedFamilies).toEqual([]);
    });
  },
);
