/**
 * A lock between processes that read a file, decide, and write it: agents and oidc-gen, on one computer or on several
 * that share a home directory. See docs/account-file.md, "The lock".
 */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Clock, systemClock } from '../../concurrency/clock.ts';
import { noAnswerFrom } from '../errors.ts';
import { answered } from '../reading/read-file.ts';
import { targetOf } from '../saving/replace-file.ts';
import { forKeeping } from '../threads.ts';
import { LEASE_SECONDS, Lease } from './lease.ts';
import { isLeftBehind, keepAsOurs } from './left-behind.ts';
import {
  create,
  exists,
  isNoPlace,
  lockFileOf,
  readLock,
  removeFile,
  type SeenLock,
  touch,
  waitingFileOf,
} from './lock-file.ts';
import { locked, newOwnerText } from './lock-owner.ts';
import { takeTurn, type Waiting } from './lock-queue.ts';

/** Longer than the lease, and than a call to an issuer takes. */
const DEFAULT_WAIT_SECONDS = 40;
const TOUCH_INTERVAL_MS = 5_000;
/** Seconds between two checks of another process's lock: at first, and at most. */
const SHORTEST_PAUSE_SECONDS = 0.005;
const LONGEST_PAUSE_SECONDS = 0.05;
/** Seconds for which a newcomer lets waiting processes go first: longer than their polling interval. */
const COURTESY_SECONDS = 0.06;

export interface LockOptions {
  /** Seconds to wait for other holders; 40 by default. */
  readonly wait?: number;
  /** Ends the waiting with its reason. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

export interface HeldLock {
  /**
   * Whether other processes see the lock. False in a folder where no file can be created: the lock then holds within
   * this process only, and a later save reports the problem with the folder.
   */
  readonly shared: boolean;
  /**
   * Whether this process still owns the lock. Check it before each irreversible step, because a process that was
   * suspended for longer than the lease may have lost the lock to another computer; costs nothing before that. Never
   * rejects; false also if the file is unreadable.
   */
  stillMine(): Promise<boolean>;
  /** Releases the lock. Never rejects: a file that cannot be removed counts as a leftover. */
  release(): Promise<void>;
}

/**
 * Does some work while holding the lock of a file; see `acquire`.
 * @throws the errors of `acquire` and of the work
 */
export async function withLock<T>(
  path: string,
  work: (lock: HeldLock) => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const lock = await acquire(path, options);
  try {
    return await work(lock);
  } finally {
    await lock.release();
  }
}

/**
 * Acquires the lock of a file, which need not exist. Callers in this process acquire it in the order of their calls;
 * between processes the order is undefined. A symbolic link and its target share one lock.
 *
 * A missing or read-only folder is no error: see `HeldLock.shared`. Nor is a full disk.
 *
 * @throws FileError `locked` that names the owner after the deadline, `no-answer` of a file server, the signal's
 * reason, and any other system error
 */
export async function acquire(path: string, options: LockOptions = {}): Promise<HeldLock> {
  const { wait = DEFAULT_WAIT_SECONDS, signal, clock = systemClock } = options;
  signal?.throwIfAborted();
  const waiting = { until: clock.steady() + wait, signal, clock };
  const endTurn = await takeTurn(resolve(path), waiting);
  const target = await answered(path, targetOf(path)).catch((error: unknown) => {
    endTurn?.();
    throw noAnswerFrom(error);
  });
  const file = lockFileOf(target);
  if (endTurn === undefined) throw locked(path, file, await readLock(file).catch(() => undefined));
  const text = newOwnerText();
  const disown = keepAsOurs(text);
  const letGo = () => {
    disown();
    endTurn();
  };
  try {
    const made = await makeLockFile(path, file, text, waiting);
    if (made !== undefined) return new SharedLock(file, made, letGo);
  } catch (error) {
    letGo();
    throw error;
  }
  return { shared: false, stillMine: async () => true, release: async () => letGo() };
}

class SharedLock implements HeldLock {
  readonly shared = true;
  readonly #file: string;
  readonly #text: string;
  readonly #letGo: () => void;
  readonly #since = { wall: Date.now(), steady: performance.now() };
  readonly #timer: NodeJS.Timeout;
  #isTouching = false;
  #isReleased = false;

  /** @param text the content of the lock file */
  constructor(file: string, text: string, letGo: () => void) {
    this.#file = file;
    this.#text = text;
    this.#letGo = letGo;
    this.#timer = setInterval(() => void this.#touch(), TOUCH_INTERVAL_MS).unref();
  }

  async #touch(): Promise<void> {
    // A file server that does not answer is asked once.
    if (this.#isTouching) return;
    this.#isTouching = true;
    // One that fails is made up for by the next.
    await touch(this.#file, this.#text).catch(() => {});
    this.#isTouching = false;
  }

  async stillMine(): Promise<boolean> {
    if (this.#isYoung) return true;
    const seen = await readLock(this.#file).catch(() => undefined);
    return seen?.text === this.#text;
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#isReleased) return;
    this.#isReleased = true;
    try {
      if (this.#isYoung) await removeFile(this.#file);
      else await remove(this.#file, ({ text }) => text === this.#text);
    } catch {
      // As promised.
    }
    this.#letGo();
  }

  /**
   * Whether the lock is younger than the lease, so that no other process can have taken it. Both clocks must agree: the
   * steady one may stop while the computer sleeps, and the user may set the wall clock.
   */
  get #isYoung(): boolean {
    const passed = [Date.now() - this.#since.wall, performance.now() - this.#since.steady];
    return passed.every((time) => time >= 0 && time < (LEASE_SECONDS * 1000) / 2);
  }
}

/**
 * Creates the lock file as soon as no other process holds one. A waiting process announces itself in a file, and a
 * newcomer that finds this file lets it go first: otherwise a process that locks again and again would almost never
 * leave a gap.
 *
 * @returns the text of the lock file, as `create` does; undefined if no file can be created
 */
async function makeLockFile(
  path: string,
  file: string,
  text: string,
  waiting: Waiting,
): Promise<string | undefined> {
  const { until, signal, clock } = waiting;
  const lease = new Lease(clock);
  const waitingFile = waitingFileOf(file);
  const someoneWaited = await exists(waitingFile);
  const courtesyEnd = Math.min(until, clock.steady() + COURTESY_SECONDS);
  let isNewcomer = someoneWaited;
  let hasWaited = false;
  try {
    for (let pause = SHORTEST_PAUSE_SECONDS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_SECONDS)) {
      const seen = await readLock(file);
      if (seen === undefined) {
        isNewcomer &&= clock.steady() < courtesyEnd && (await exists(waitingFile));
        const made = isNewcomer ? undefined : await create(file, text);
        if (made !== undefined) return made;
      } else if (isLeftBehind(seen, lease)) {
        const isSame = (now: SeenLock) => now.text === seen.text && now.touched === seen.touched;
        const wait = Math.max(0, until - clock.steady());
        if (!(await remove(file, isSame, { wait, signal, clock }))) return undefined;
        continue;
      }
      if (clock.steady() >= until) throw locked(path, file, seen);
      if (seen !== undefined) {
        isNewcomer = false;
        hasWaited = true;
        // The file may exist already. A process that cannot create it waits all the same.
        const waits = { flag: 'wx', mode: 0o600 };
        await forKeeping.use(() => writeFile(waitingFile, '', waits)).catch(() => {});
      }
      await clock.sleep(pause * (0.5 + Math.random() / 2), signal);
      signal?.throwIfAborted();
    }
  } catch (error) {
    if (isNoPlace(error)) return undefined;
    throw error;
  } finally {
    // Processes that still wait announce themselves again; a leftover file delays a newcomer only once.
    if (hasWaited || someoneWaited) await removeFile(waitingFile).catch(() => {});
  }
}

/**
 * Removes a lock file, if it is still the same one.
 *
 * Between a check and the removal, the owner or another waiter could remove the file and a third process create its
 * own, which the removal would then hit. So only a process that holds the lock of the lock file removes it.
 *
 * @returns false if the lock of the lock file cannot be created
 */
async function remove(
  file: string,
  isIt: (seen: SeenLock) => boolean,
  options?: LockOptions,
): Promise<boolean> {
  const attempt = async ({ shared }: HeldLock) => {
    if (!shared) return false;
    const seen = await readLock(file);
    if (seen !== undefined && isIt(seen)) await removeFile(file);
    return true;
  };
  return await withLock(file, attempt, options);
}
