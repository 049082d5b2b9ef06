import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../clock.ts';
import { acquire, withLock } from './lock.ts';
import { create } from './lock-file.ts';
import { newOwnerText } from './lock-owner.ts';

let programs: string;
let lockUser: string;
beforeAll(async () => {
  programs = mkdtempSync(join(tmpdir(), 'lock-user-'));
  lockUser = join(programs, 'lock-user.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../../test/lock-user.ts', import.meta.url))],
    outfile: lockUser,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    logLevel: 'warning',
  });
});
afterAll(() => rmSync(programs, { recursive: true }));

let folder: string;
let path: string;
let lockFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock ü '));
  path = join(folder, 'wlcg');
  lockFile = join(folder, '.wlcg.lock');
  return () => rmSync(folder, { recursive: true });
});

const start = (...args: string[]) => {
  const child = spawn(process.execPath, [lockUser, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
};
/** Counts in the file; gives how often it said that it did. */
const startCounting = (times: number) => {
  const child = start('count', path, String(times));
  let told = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    told += chunk.length;
  });
  return { child, told: once(child, 'close').then(() => told) };
};
/** A process that has the lock. */
const startHolding = async (file = path): Promise<ChildProcess> => {
  const child = start('hold', file);
  await once(child.stdout, 'data');
  return child;
};
const kill = async (child: ChildProcess) => {
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
};
const sum = (numbers: number[]) => numbers.reduce((one, other) => one + other, 0);

/** The text of a lock of this process, with some of it changed. */
const ownerText = (changes: object = {}) =>
  `${JSON.stringify({ ...JSON.parse(newOwnerText()), ...changes })}\n`;
const textOfTheDead = () => ownerText({ pid: spawnSync('true').pid });

/** A clock that never waits: sleeping moves it on. */
function virtualClock(onSleep: (now: number) => void = () => {}): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
      onSleep(now);
    },
  };
}

describe('between processes', () => {
  test('nobody reads while another is about to write: eight count to 1600', { timeout: 60_000 }, async () => {
    writeFileSync(path, '0');
    const counts = Array.from({ length: 8 }, () => startCounting(200).told);
    expect(await Promise.all(counts)).toEqual(Array(8).fill(200));
    expect(readFileSync(path, 'utf8')).toBe('1600');
    expect(readdirSync(folder)).toEqual(['wlcg']);
  });

  test('a kill -9 at any moment stops nobody else and makes nobody count twice', {
    timeout: 60_000,
  }, async () => {
    writeFileSync(path, '0');
    const told: Promise<number>[] = [];
    const survivors = Array.from({ length: 4 }, () => startCounting(150).told);
    let kills = 0;
    for (; kills < 30; kills += 1) {
      const victim = startCounting(10_000);
      told.push(victim.told);
      await once(victim.child.stdout, 'data');
      // A number of further counts, so that the kill falls on any of their steps.
      for (let more = kills % 5; more > 0; more -= 1) await once(victim.child.stdout, 'data');
      await kill(victim.child);
    }
    expect(await Promise.all(survivors)).toEqual(Array(4).fill(150));
    const counted = Number(readFileSync(path, 'utf8'));
    const certain = 600 + sum(await Promise.all(told));
    expect(counted).toBeGreaterThanOrEqual(certain);
    expect(counted).toBeLessThanOrEqual(certain + kills);
    // Whatever the last victim left is taken away by the next who comes.
    expect(await withLock(path, (lock) => lock.stillMine(), { wait: 0 })).toBe(true);
    expect(existsSync(lockFile)).toBe(false);
  });

  test('however many find a lock of the dead, one of them gets it', { timeout: 60_000 }, async () => {
    writeFileSync(path, '0');
    const counts = Array.from({ length: 8 }, () => startCounting(20).told);
    let done = false;
    const all = Promise.all(counts).finally(() => {
      done = true;
    });
    let left = 0;
    const dead = textOfTheDead();
    while (!done) if (await create(lockFile, dead.replace(/"id":"./, `"id":"${left % 10}`))) left += 1;
    expect(await all).toEqual(Array(8).fill(20));
    expect(readFileSync(path, 'utf8')).toBe('160');
    expect(left).toBeGreaterThan(50);
  });

  test('whoever waits too long is told who has it', async () => {
    const holder = await startHolding();
    const { host } = JSON.parse(readFileSync(lockFile, 'utf8'));
    await expect(acquire(path, { wait: 20 })).rejects.toMatchObject({
      kind: 'locked',
      message: `'${path}' is in use by process ${holder.pid} on ${host}`,
      hints: [expect.stringContaining(lockFile)],
    });
  });

  test('a process that is only stopped keeps it', async () => {
    const holder = await startHolding();
    holder.kill('SIGSTOP');
    await expect(acquire(path, { clock: virtualClock() })).rejects.toMatchObject({ kind: 'locked' });
  });

  test('the lock of one who was killed is free at once', async () => {
    await kill(await startHolding());
    expect(existsSync(lockFile)).toBe(true);
    const lock = await acquire(path, { wait: 0 });
    expect(await lock.stillMine()).toBe(true);
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });
});
