/**
 * Agents that are killed at any moment. What is on disk is whole, and a login is lost only where the issuer has replaced
 * the refresh token and the new one had not come, or was just being written.
 *
 * `npm run kills` kills more often, and prints how many logins were lost and when.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type AgentError, getToken } from '@jeton/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAccount, makeAccount, refreshTokenOnDisk } from '../support/agent/logins.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { mountSmallDisk } from '../support/computer/small-disk.ts';
import { type Refresh, WatchedIam } from '../support/servers/watched-iam.ts';
import { killsOr, loginIsGone, moments, rotating, seed, usualDuration } from './kill-moments.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

const KILLS = killsOr(6);

/** What an agent has answered, by account. */
interface Asked {
  readonly tokens: Map<string, string>;
  /** What it said beside the token; empty if nothing. */
  readonly remarks: Map<string, string>;
  readonly errors: Map<string, AgentError>;
  readonly over: Promise<unknown>;
}

/** An agent that can be killed, with the accounts that it holds. */
class Victim {
  readonly socket: string;
  readonly accounts: readonly string[];
  #process: ChildProcess | undefined;

  constructor(name: string, accounts: readonly string[]) {
    this.socket = join(sandbox.folder, name);
    this.accounts = accounts;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts it, as after a kill; its accounts are not loaded. */
  async start(): Promise<void> {
    this.#process = sandbox.spawn('oidc-agent', ['-d', '--json', '-a', this.socket]);
    if (this.#process.stdout) await once(this.#process.stdout, 'data');
  }

  async kill(): Promise<void> {
    const exit = this.#process && once(this.#process, 'exit');
    this.#process?.kill('SIGKILL');
    await exit;
  }

  load(account: string): Promise<void> {
    return loadAccount(sandbox, this.socket, account);
  }

  /** Milliseconds in which all accounts are refreshed. */
  async duration(): Promise<number> {
    return await usualDuration(() => this.refreshAll().over);
  }

  /** Asks for a token of every account, for a new one if nothing else is said. Gives the answers as they come. */
  refreshAll({ forceNew = true } = {}): Asked {
    const tokens = new Map<string, string>();
    const remarks = new Map<string, string>();
    const errors = new Map<string, AgentError>();
    const over = this.accounts.map((account) =>
      getToken({ account, forceNew, socketPath: this.socket }).then(
        ({ token, info = '' }) => {
          tokens.set(account, token);
          remarks.set(account, info);
        },
        (error) => errors.set(account, error),
      ),
    );
    return { tokens, remarks, errors, over: Promise.all(over) };
  }
}

it('a login survives every kill, except between the request and the save of what came for it', async (context) => {
  const LANES = 3;
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    ['a', 'b', 'c', 'd', 'e'].map((letter) => `${letter}-${lane}`),
  );
  const iam = await WatchedIam.start(sandbox, lanes.flat(), rotating);
  const seen = { idle: 0, waiting: 0, answered: 0, lostWaiting: 0, lostAnswered: 0 };
  const lostAfter: number[] = [];

  /** What must be true of an account whose agent was killed; gives whether it lost its login. */
  async function examine(account: string, before: number, killedAt: number, delivered: boolean) {
    await iam.settled(account);
    const refresh = iam.refreshesOf(account)[before];
    const answeredAt = refresh?.answered ?? Number.POSITIVE_INFINITY;
    const isSaved = (await refreshTokenOnDisk(sandbox, account)) === iam.newest(account);
    // A program that got an access token can rely on the refresh token that came with it.
    if (delivered || refresh === undefined) expect(isSaved).toBe(true);
    if (refresh === undefined) seen.idle += 1;
    else if (answeredAt > killedAt) seen.waiting += 1;
    else seen.answered += 1;
    if (isSaved) return false;
    if (answeredAt > killedAt) seen.lostWaiting += 1;
    else {
      seen.lostAnswered += 1;
      lostAfter.push(killedAt - answeredAt);
    }
    return true;
  }

  async function lane(accounts: readonly string[], number: number): Promise<void> {
    const victim = new Victim(`agent-${number}`, accounts);
    await victim.start();
    for (const account of accounts) {
      await makeAccount(sandbox, iam, account);
      await victim.load(account);
    }
    const duration = await victim.duration();

    for (const moment of moments(KILLS, number)) {
      const before = accounts.map((account) => iam.refreshesOf(account).length);
      const { tokens, over } = victim.refreshAll();
      await setTimeout(moment * duration * 1.2);
      const delivered = new Set(tokens.keys());
      const killedAt = performance.now();
      await victim.kill();
      await over;

      await victim.start();
      for (const [index, account] of accounts.entries()) {
        const isLost = await examine(account, before[index] ?? 0, killedAt, delivered.has(account));
        if (isLost) {
          await expect(victim.load(account)).rejects.toMatchObject(loginIsGone);
          await makeAccount(sandbox, iam, account);
        }
        await victim.load(account);
      }
    }
  }
  await Promise.all(lanes.map(lane));
  const longest = Math.max(0, ...lostAfter).toFixed(1);
  const middle = (lostAfter.sort((a, b) => a - b)[lostAfter.length >> 1] ?? 0).toFixed(1);
  await context.annotate(`seed ${seed}, ${LANES * KILLS} kills of ${LANES * KILLS * 5} refreshes:
request not at the issuer yet: ${seen.idle}, no login lost
killed before the issuer had sent its answer: ${seen.waiting}, lost ${seen.lostWaiting}
killed after that: ${seen.answered}, lost ${seen.lostAnswered} (${middle} ms after it, at the most ${longest} ms)`);
}, 400_000);

describe('a kill', () => {
  let iam: WatchedIam;
  let victim: Victim;
  beforeEach(async () => {
    iam = await WatchedIam.start(sandbox, ['wlcg'], rotating);
    await makeAccount(sandbox, iam, 'wlcg');
    victim = new Victim('agent', ['wlcg']);
    await victim.start();
    await victim.load('wlcg');
  });

  it('before the issuer has worked costs nothing', async () => {
    const held = iam.hold('wlcg');
    const { over } = victim.refreshAll();
    await held.arrived;
    await victim.kill();
    held.drop();
    await over;
    await victim.start();
    await victim.load('wlcg');
    expect(iam.control.revokedFamilies).toEqual([]);
  });

  it('before the answer costs the login: the error names the command that helps', async () => {
    const held = iam.hold('wlcg', 'after');
    const { over } = victim.refreshAll();
    await held.arrived;
    await victim.kill();
    held.release();
    await over;
    await victim.start();
    await expect(victim.load('wlcg')).rejects.toMatchObject(loginIsGone);
    const { stdout, stderr, code } = await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], {
      env: { OIDC_SOCK: victim.socket, OIDC_ENCRYPTION_PW: 'correct horse' },
    });
    expect([stdout, code]).toEqual(['', 77]);
    expect(stderr).toMatch(/^Error: invalid_token.*\nhint: .*oidc-gen --reauthenticate -w device wlcg\n$/);
  });

  it('leaves nothing that is taken for an account, and nothing for long', async () => {
    const held = iam.hold('wlcg');
    const { over } = victim.refreshAll();
    await held.arrived;
    const { pid } = victim;
    await victim.kill();
    held.drop();
    await over;
    // What it would have been about to put in place of the account's file.
    const leftOver = join(sandbox.accounts, `.jeton-${pid}@${hostname()}-0123456789ab.tmp`);
    writeFileSync(leftOver, 'half of a fi');
    expect(readdirSync(sandbox.accounts).filter((name) => name !== 'issuer.config')).not.toEqual(['wlcg']);
    expect((await sandbox.run('oidc-add', ['-l'])).stdout).toBe('wlcg\n');
    const aWhileAgo = new Date(Date.now() - 660_000);
    utimesSync(leftOver, aWhileAgo, aWhileAgo);
    await victim.start();
    await victim.load('wlcg');
    // The agent lists the account there.
    const names = readdirSync(sandbox.accounts).filter((name) => name !== 'issuer.config');
    expect(names).toEqual(['wlcg']);
  });
});

describe('one of two agents on one folder', () => {
  const accounts = ['a', 'b', 'c'];

  it('is killed at any moment: the other goes on, and spends no refresh token again that brought a token', async (context) => {
    const iam = await WatchedIam.start(sandbox, accounts, rotating);
    const agents = [new Victim('one', accounts), new Victim('two', accounts)] as const;
    for (const account of accounts) await makeAccount(sandbox, iam, account);
    for (const agent of agents) {
      await agent.start();
      for (const account of accounts) await agent.load(account);
    }
    const delivered = new Set<string>();
    const [duration = 0] = await Promise.all(agents.map((agent) => agent.duration()));
    let lost = 0;

    for (const [kill, moment] of moments(2 * KILLS).entries()) {
      const [victim, survivor] = kill % 2 === 0 ? agents : [agents[1], agents[0]];
      const asked = [victim.refreshAll(), survivor.refreshAll()] as const;
      await setTimeout(moment * duration);
      await victim.kill();
      await Promise.all(asked.map(({ over }) => over));
      for (const { tokens } of asked) for (const token of tokens.values()) delivered.add(token);
      await victim.start();

      const { errors } = asked[1];
      for (const error of errors.values()) expect(error).toMatchObject(loginIsGone);
      for (const account of accounts) {
        await iam.settled(account);
        const isSaved = (await refreshTokenOnDisk(sandbox, account)) === iam.newest(account);
        if (!isSaved || errors.has(account)) {
          await expect(victim.load(account)).rejects.toMatchObject(loginIsGone);
          await makeAccount(sandbox, iam, account);
          lost += 1;
        }
        await victim.load(account);
      }
    }

    // A refresh token is spent twice only if no client has the tokens that it brought the first time.
    const first = new Map<string, Refresh>();
    for (const refresh of iam.refreshes) {
      const earlier = first.get(refresh.sent);
      if (earlier?.given !== undefined) expect(delivered).not.toContain(earlier.given);
      first.set(refresh.sent, earlier ?? refresh);
    }
    expect(iam.control.revokedFamilies.length).toBe(lost);
    await context.annotate(`seed ${seed}, ${2 * KILLS} kills of one of two agents, at ${2 * KILLS * 2 * accounts.length} refreshes of
${2 * KILLS * accounts.length} logins: lost ${lost}; no refresh token was spent twice that had brought a token`);
  }, 400_000);

  it('is killed while it holds the lock: the other takes it over', async () => {
    const iam = await WatchedIam.start(sandbox, ['wlcg'], rotating);
    await makeAccount(sandbox, iam, 'wlcg');
    const [victim, survivor] = [new Victim('one', ['wlcg']), new Victim('two', ['wlcg'])];
    for (const agent of [victim, survivor]) {
      await agent.start();
      await agent.load('wlcg');
    }
    const held = iam.hold('wlcg');
    const killed = victim.refreshAll();
    await held.arrived;
    const waiting = survivor.refreshAll();
    await victim.kill();
    held.drop();
    await Promise.all([killed.over, waiting.over]);
    expect([...waiting.tokens.keys()]).toEqual(['wlcg']);
    expect(iam.control.revokedFamilies).toEqual([]);
  });
});

describe('an agent on a disk that is full (as root only: it mounts one)', () => {
  const accounts = ['a', 'b', 'c'];

  it('is killed at any moment: the file is the old one, and lost is only what was in its memory alone', async (context) => {
    const disk = mountSmallDisk(sandbox, 128);
    if (disk === undefined) return context.skip('this user may not mount');
    const iam = await WatchedIam.start(sandbox, accounts, rotating);
    const victim = new Victim('agent', accounts);
    await victim.start();
    for (const account of accounts) {
      await makeAccount(sandbox, iam, account);
      await victim.load(account);
    }
    const fileOf = (account: string) => readFileSync(join(sandbox.accounts, account), 'utf8');
    const duration = await victim.duration();
    const seen = { killedWhileFull: 0, killedWhileSaving: 0, warned: 0, saved: 0, lost: 0 };

    for (const [kill, moment] of moments(KILLS).entries()) {
      const before = new Map(accounts.map((account) => [account, fileOf(account)]));
      const held = accounts.map((account) => iam.hold(account));
      const full = victim.refreshAll();
      await Promise.all(held.map(({ arrived }) => arrived));
      disk.fill();
      for (const refresh of held) refresh.release();
      // Every other time there is room again before the kill: then the next request has the refresh token saved.
      const hasRoom = kill % 2 === 1;
      if (hasRoom) await full.over;
      if (hasRoom) disk.makeRoom();
      const next = hasRoom ? victim.refreshAll({ forceNew: false }) : undefined;
      await setTimeout((moment * duration) / (hasRoom ? 4 : 1));
      await victim.kill();
      await Promise.all([full.over, next?.over]);
      seen[hasRoom ? 'killedWhileSaving' : 'killedWhileFull'] += 1;

      for (const [account, remark] of full.remarks) {
        expect(remark).toContain(`the new refresh token of '${account}' is not on disk yet`);
        seen.warned += 1;
      }
      if (!hasRoom) for (const account of accounts) expect(fileOf(account)).toBe(before.get(account));
      disk.makeRoom();
      await victim.start();
      for (const account of accounts) {
        await iam.settled(account);
        const isSaved = (await refreshTokenOnDisk(sandbox, account)) === iam.newest(account);
        if (next?.remarks.get(account) === '') {
          expect(isSaved).toBe(true);
          seen.saved += 1;
        }
        if (!isSaved) {
          await expect(victim.load(account)).rejects.toMatchObject(loginIsGone);
          await makeAccount(sandbox, iam, account);
          seen.lost += 1;
        }
        await victim.load(account);
      }
    }
    expect(iam.control.revokedFamilies.length).toBe(seen.lost);
    await context.annotate(`seed ${seed}, the disk is full at ${KILLS * accounts.length} refreshes, killed ${seen.killedWhileFull} times then,
and ${seen.killedWhileSaving} times when there is room again: ${seen.warned} clients got the warning before, lost ${seen.lost}`);
  }, 180_000);
});
