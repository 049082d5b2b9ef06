import { setTimeout as sleep } from 'node:timers/promises';

/** Time in seconds, as a parameter, so that tests need not wait. */
export interface Clock {
  /** Seconds since the epoch. The user may set this clock back. */
  wall(): number;
  /**
   * Seconds since a fixed point in time, the same for all programs until the computer restarts. Never goes back, but may
   * stand still while the computer sleeps.
   */
  steady(): number;
  /** Calls once after so many seconds of the steady clock, unless the returned function is called before. */
  after(seconds: number, call: () => void): () => void;
  /** Resolves after so many seconds of the steady clock, or when the signal is aborted. */
  sleep(seconds: number, signal: AbortSignal | undefined): Promise<void>;
}

/** A point in time on both clocks, so that neither a jump of one nor a sleep of the other shifts it. */
export interface Deadline {
  readonly wall: number;
  readonly steady: number;
}

type Now = Pick<Clock, 'wall' | 'steady'>;

export function deadlineIn(seconds: number, clock: Now): Deadline {
  return { wall: clock.wall() + seconds, steady: clock.steady() + seconds };
}

/** Seconds that are left, by the clock that says less. */
export function secondsUntil({ wall, steady }: Deadline, clock: Now): number {
  return Math.min(wall - clock.wall(), steady - clock.steady());
}

/**
 * Seconds after which a caller that waits for a deadline checks it again. A timer does not count the time in which the
 * computer sleeps, and does not notice that the wall clock was set.
 */
export const CHECK_INTERVAL_SECONDS = 30;

/** Returns the result of a promise within so many seconds; undefined otherwise, and then ignores how the promise ends. */
export async function within<Result>(
  seconds: number,
  promise: Promise<Result>,
  clock: Pick<Clock, 'after'>,
): Promise<Result | undefined> {
  let stop: () => void = () => undefined;
  const over = new Promise<undefined>((resolve) => {
    stop = clock.after(seconds, () => resolve(undefined));
  });
  return await Promise.race([promise, over]).finally(stop);
}

/** The longest wait that setTimeout accepts: 24.8 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of this computer. The timers of `after` do not keep the process alive, those of `sleep` do. */
export const systemClock: Clock = {
  wall: () => Date.now() / 1000,
  steady: () => Number(process.hrtime.bigint()) / 1e9,
  after(seconds, call) {
    const timer = setTimeout(call, Math.min(seconds * 1000, LONGEST_TIMER_MS)).unref();
    return () => clearTimeout(timer);
  },
  sleep: (seconds, signal) => sleep(seconds * 1000, undefined, signal ? { signal } : {}).catch(() => {}),
};
