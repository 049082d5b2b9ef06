import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { listAccountNames } from '../../accounts/directory.ts';
import { type Clock, systemClock } from '../../concurrency/clock.ts';
import { acquire, withLock } from './lock.ts';
import { create } from './lock-file.ts';
import { newOwnerText } from './lock-owner.ts';

let programs: string;
let lockUser: string;
beforeAll(async () => {
  programs = mkdtempSync(join(tmpdir(), 'lock-user-'));
  lockUser = join(programs, 'lock-user.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../../../test/lock-user.ts', import.meta.url))],
    outfile: lockUser,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['jeton-source'],
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
const textFromElsewhere = () => ownerText({ host: 'login2.example', boot: 'another' });
const textOfTheDead = () => ownerText({ pid: spawnSync('true').pid });

/** A clock that never waits: sleeping moves it on. */
function virtualClock(onSleep: (now: number) => void = () => {}): Clock {
  let now = 0;
  return {
    ...systemClock,
    steady: () => now,
    sleep: async (seconds) => {
      now += seconds;
      onSleep(now);
    },
  };
}

describe('between processes', () => {
  test('nobody reads while another is about to write: eight count to 800', { timeout: 120_000 }, async () => {
    writeFileSync(path, '0');
    const counts = Array.from({ length: 8 }, () => startCounting(100).told);
    expect(await Promise.all(counts)).toEqual(Array(8).fill(100));
    expect(readFileSync(path, 'utf8')).toBe('800');
    expect(readdirSync(folder)).toEqual(['wlcg']);
  });

  test('a kill -9 at any moment stops nobody else and makes nobody count twice', {
    timeout: 120_000,
  }, async () => {
    writeFileSync(path, '0');
    const told: Promise<number>[] = [];
    const survivors = Array.from({ length: 4 }, () => startCounting(100).told);
    let kills = 0;
    for (; kills < 20; kills += 1) {
      const victim = startCounting(10_000);
      told.push(victim.told);
      await once(victim.child.stdout, 'data');
      // A number of further counts, so that the kill falls on any of their steps.
      for (let more = kills % 5; more > 0; more -= 1) await once(victim.child.stdout, 'data');
      await kill(victim.child);
    }
    expect(await Promise.all(survivors)).toEqual(Array(4).fill(100));
    const counted = Number(readFileSync(path, 'utf8'));
    const certain = 400 + sum(await Promise.all(told));
    expect(counted).toBeGreaterThanOrEqual(certain);
    expect(counted).toBeLessThanOrEqual(certain + kills);
    // Whatever the last victim left is taken away by the next who comes.
    expect(await withLock(path, (lock) => lock.stillMine(), { wait: 0 })).toBe(true);
    expect(existsSync(lockFile)).toBe(false);
  });

  test('however many find a lock of the dead, one of them gets it', { timeout: 120_000 }, async () => {
    writeFileSync(path, '0');
    const counts = Array.from({ length: 8 }, () => startCounting(20).told);
    const dead = JSON.parse(textOfTheDead());
    let isOver = false;
    const counted = Promise.all(counts).finally(() => {
      isOver = true;
    });
    let left = 0;
    // The last one may find no process that takes it away.
    while (left < 200 && !isOver) {
      const made = await create(lockFile, JSON.stringify({ ...dead, id: `${left}` }));
      if (made !== undefined) left += 1;
    }
    expect(left).toBeGreaterThan(0);
    expect(await counted).toEqual(Array(8).fill(20));
    expect(readFileSync(path, 'utf8')).toBe('160');
  });

  test('whoever waits has it soon, also while another takes it again and again', async () => {
    writeFileSync(path, '0');
    const { child, told } = startCounting(20);
    let turns = 0;
    while (child.exitCode === null) {
      await withLock(path, () => new Promise((resolve) => setTimeout(resolve, 20)));
      if (turns > 0 || existsSync(join(folder, '..wlcg.lock.waiting'))) turns += 1;
    }
    expect(await told).toBe(20);
    expect(turns).toBeGreaterThan(0);
    expect(turns).toBeLessThan(30);
    expect(readdirSync(folder)).toEqual(['wlcg']);
  });

  test('whoever waits too long is told who has it', async () => {
    const holder = await startHolding();
    const { host } = JSON.parse(readFileSync(lockFile, 'utf8'));
    await expect(acquire(path, { wait: 0.02 })).rejects.toMatchObject({
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

describe('a lock that was left behind', () => {
  test('by a process whose number is in use again', async () => {
    writeFileSync(lockFile, ownerText({ pid: process.ppid, started: '1' }));
    await (await acquire(path, { wait: 0 })).release();
    writeFileSync(lockFile, ownerText({ started: '1' }));
    await (await acquire(path, { wait: 0 })).release();
  });

  test('by a process that has ended and whose parent does not care', async () => {
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: 'pipe' });
    onTestFinished(() => void parent.kill());
    const [pid] = await once(parent.stdout, 'data');
    const status = (of: unknown) => readFileSync(`/proc/${Number(of)}/stat`, 'utf8');
    await vi.waitFor(() => expect(status(parent.pid)).toContain('(sleep)'), { timeout: 60_000 });
    process.kill(Number(pid), 'SIGKILL');
    await vi.waitFor(() => expect(status(pid)).toContain(') Z '), { timeout: 60_000 });
    const started = status(pid).split(' ')[21];
    writeFileSync(lockFile, ownerText({ pid: Number(pid), started }));
    await (await acquire(path, { wait: 0 })).release();
  });

  test('by this process, which could not remove it', async () => {
    writeFileSync(lockFile, ownerText());
    await (await acquire(path, { wait: 0 })).release();
  });

  test('by one who died while removing another that was left behind', async () => {
    writeFileSync(lockFile, textOfTheDead());
    writeFileSync(join(folder, '..wlcg.lock.lock'), textOfTheDead());
    await (await acquire(path, { wait: 0 })).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is removed by one at a time, as the next would remove the lock of the first', async () => {
    const remover = await startHolding(lockFile);
    const dead = textOfTheDead();
    writeFileSync(lockFile, dead);
    await expect(acquire(path, { wait: 0.05 })).rejects.toMatchObject({ kind: 'locked' });
    expect(readFileSync(lockFile, 'utf8')).toBe(dead);
    await kill(remover);
    await (await acquire(path, { wait: 0 })).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('but not by one who runs', async () => {
    writeFileSync(lockFile, ownerText({ pid: process.ppid, started: undefined }));
    await expect(acquire(path, { wait: 0 })).rejects.toMatchObject({ kind: 'locked' });
  });
});

describe('a lock from another computer, container or boot', () => {
  test.each([
    ['of another computer', () => textFromElsewhere()],
    ['of this computer before it was started again', () => ownerText({ boot: 'earlier' })],
    ['of a container on this computer', () => ownerText({ namespace: 'pid:[1]' })],
    ['that is still empty', () => ''],
    ['that is no lock of ours', () => '1234'],
  ])('is free when nobody has touched it for 30 seconds: one %s', async (_, text) => {
    writeFileSync(lockFile, text());
    const clock = virtualClock();
    const lock = await acquire(path, { clock });
    expect(clock.steady()).toBeGreaterThan(30);
    expect(clock.steady()).toBeLessThan(31);
    expect(await lock.stillMine()).toBe(true);
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is left alone as long as its owner touches it, whatever its clock says', async () => {
    writeFileSync(lockFile, textFromElsewhere());
    let touches = 0;
    const clock = virtualClock((now) => {
      if (now / 5 < touches) return;
      touches += 1;
      utimesSync(lockFile, 1_000_000 - touches, 1_000_000 - touches);
    });
    await expect(acquire(path, { clock, wait: 100 })).rejects.toMatchObject({
      kind: 'locked',
      message: expect.stringContaining('on login2.example'),
    });
    expect(touches).toBe(21);
  });

  test('is left alone when it is we who were stopped', async () => {
    writeFileSync(lockFile, textFromElsewhere());
    const clock = virtualClock();
    const stopped: Clock = { ...clock, steady: () => clock.steady() * 600 };
    await expect(acquire(path, { clock: stopped, wait: 300 })).rejects.toMatchObject({ kind: 'locked' });
  });
});

describe('who holds a lock', () => {
  test('touches it every five seconds', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const lock = await acquire(path);
    utimesSync(lockFile, 1, 1);
    vi.advanceTimersByTime(4_999);
    vi.advanceTimersByTime(1);
    await vi.waitFor(() => expect(statSync(lockFile).mtimeMs).toBeGreaterThan(1_000), { timeout: 60_000 });
    await lock.release();
    expect(vi.getTimerCount()).toBe(0);
  });

  const later = {
    'after a minute': () => vi.advanceTimersByTime(60_000),
    'after a sleep of the computer, in which only the wall clock goes on': () =>
      vi.setSystemTime(Date.now() + 60_000),
    'when the wall clock was set back, too': () => {
      vi.advanceTimersByTime(60_000);
      vi.setSystemTime(Date.now() - 60_000);
    },
    'when the wall clock was set back while the computer slept': () => vi.setSystemTime(Date.now() - 60_000),
  };
  test.each(Object.entries(later))(
    'learns that it was taken away, and leaves it to the other: %s',
    async (_, pass) => {
      vi.useFakeTimers({ toFake: ['Date', 'performance'] });
      onTestFinished(() => void vi.useRealTimers());
      const lock = await acquire(path);
      pass();
      expect(await lock.stillMine()).toBe(true);
      const another = textFromElsewhere();
      writeFileSync(lockFile, another);
      expect(await lock.stillMine()).toBe(false);
      await lock.release();
      expect(readdirSync(folder)).toEqual(['.wlcg.lock']);
      expect(readFileSync(lockFile, 'utf8')).toBe(another);
    },
  );

  test('need not look at it as long as nobody can have taken it away', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const lock = await acquire(path);
    rmSync(lockFile);
    vi.advanceTimersByTime(14_999);
    expect(await lock.stillMine()).toBe(true);
    vi.advanceTimersByTime(1);
    expect(await lock.stillMine()).toBe(false);
    await lock.release();
  });

  test('gives it back after a long time, too', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const lock = await acquire(path);
    vi.setSystemTime(Date.now() + 60_000);
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('gives it back once', async () => {
    const lock = await acquire(path);
    await lock.release();
    const next = await acquire(path);
    await lock.release();
    expect(await next.stillMine()).toBe(true);
    await next.release();
  });

  test('gives it back when the work fails', async () => {
    await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is named in a file of mode 0600 that is no account', async () => {
    await withLock(path, async ({ shared }) => {
      expect(shared).toBe(true);
      expect(readdirSync(folder)).toEqual(['.wlcg.lock']);
      expect(statSync(lockFile).mode & 0o777).toBe(0o600);
      expect(listAccountNames(folder)).toEqual([]);
    });
  });
});

describe('within a process', () => {
  test('each has its turn, in the order of the calls', async () => {
    const order: string[] = [];
    const work = (name: string) =>
      withLock(path, async () => {
        order.push(`${name} begins`);
        await new Promise(setImmediate);
        order.push(`${name} ends`);
      });
    await Promise.all(['a', 'b', 'c'].map(work));
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  test('other files wait for nobody', async () => {
    await withLock(path, () => withLock(join(folder, 'other'), async () => {}, { wait: 0 }));
  });

  test('whoever gives up lets the next go on, who still waits for the first', async () => {
    const first = await acquire(path);
    await expect(acquire(path, { wait: 0 })).rejects.toMatchObject({
      kind: 'locked',
      message: expect.stringContaining(`process ${process.pid} on`),
    });
    let hasIt = false;
    const third = acquire(path).then((lock) => {
      hasIt = true;
      return lock;
    });
    await new Promise(setImmediate);
    expect(hasIt).toBe(false);
    await first.release();
    await (await third).release();
  });

  test('waiting keeps the process alive until its deadline, although the lock alone does not', async () => {
    const child = start('wait', path);
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk;
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(printed).toContain(`in use by process ${child.pid} on`);
    expect(existsSync(lockFile)).toBe(false);
  });

  test('waiting ends with the reason of the signal, behind others of this process and of another', async () => {
    const reason = new Error('enough');
    const ours = await acquire(path);
    const inQueue = new AbortController();
    const queued = acquire(path, { signal: inQueue.signal });
    inQueue.abort(reason);
    await expect(queued).rejects.toBe(reason);
    await ours.release();
    await startHolding();
    const atFile = new AbortController();
    const clock: Clock = { ...virtualClock(), sleep: async () => atFile.abort(reason) };
    await expect(acquire(path, { signal: atFile.signal, clock })).rejects.toBe(reason);
    await expect(acquire(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('a symbolic link and what it points to have one lock', () => {
  test.each(['link first', 'file first'])('%s', async (which) => {
    writeFileSync(path, '');
    mkdirSync(join(folder, 'links'));
    const link = join(folder, 'links', 'mine');
    symlinkSync(path, link);
    const [first, second] = which === 'link first' ? [link, path] : [path, link];
    const lock = await acquire(first);
    expect(existsSync(lockFile)).toBe(true);
    await expect(acquire(second, { wait: 0 })).rejects.toMatchObject({ kind: 'locked' });
    await lock.release();
    await (await acquire(second, { wait: 0 })).release();
  });
});

test('a name that is as long as a name can be has a lock', async () => {
  const long = join(folder, 'x'.repeat(255));
  writeFileSync(long, '');
  const lock = await acquire(long);
  expect(lock.shared).toBe(true);
  const [name = ''] = readdirSync(folder).filter((entry) => entry !== basename(long));
  writeFileSync(join(folder, name), textOfTheDead());
  await lock.release();
  await (await acquire(long, { wait: 0 })).release();
});

describe('where no file can be made the lock holds within this process', () => {
  const holdsWithinThisProcess = async (file: string) => {
    const lock = await acquire(file);
    expect(lock.shared).toBe(false);
    expect(await lock.stillMine()).toBe(true);
    await expect(acquire(file, { wait: 0 })).rejects.toMatchObject({ kind: 'locked' });
    await lock.release();
    await (await acquire(file, { wait: 0 })).release();
  };

  test('because the folder does not exist', async () => {
    await holdsWithinThisProcess(join(folder, 'gone', 'wlcg'));
  });

  test('because the folder is not ours', async () => {
    chmodSync(folder, 0o555);
    // Permissions do not stop root, so root becomes somebody else for a moment.
    if (process.getuid?.() === 0) process.seteuid?.(65534);
    try {
      await holdsWithinThisProcess(path);
    } finally {
      if (process.getuid?.() === 0) process.seteuid?.(0);
      chmodSync(folder, 0o755);
    }
  });
});

test('on a full disk it holds too, without a word about its owner (root only)', async (context) => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const mount = () => spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', disk]).status === 0;
  context.skip(process.getuid?.() !== 0 || !mount(), 'only root can mount a small disk');
  try {
    writeFileSync(join(disk, '.another.lock'), textOfTheDead());
    expect(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(64 * 1024))).toThrow('ENOSPC');
    const lock = await acquire(join(disk, 'wlcg'));
    expect(lock.shared).toBe(true);
    expect(await lock.stillMine()).toBe(true);
    expect(readFileSync(join(disk, '.wlcg.lock'), 'utf8')).toBe('');
    let isTaken = false;
    const other = startHolding(join(disk, 'wlcg')).then((child) => {
      isTaken = true;
      return child;
    });
    while (!existsSync(join(disk, '..wlcg.lock.waiting'))) await new Promise(setImmediate);
    expect(isTaken).toBe(false);
    await lock.release();
    await kill(await other);
    await (await acquire(join(disk, 'another'), { wait: 0 })).release();
    expect(readdirSync(disk).sort()).toEqual(['.wlcg.lock', 'filler']);
  } finally {
    spawnSync('umount', [disk]);
  }
});
