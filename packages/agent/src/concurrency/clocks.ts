/**
 * The clocks of the agent: two, as neither is enough. The wall clock can be set back, the steady one may stand still while
 * the computer sleeps.
 */
export interface Clocks {
  /** Seconds since the epoch. */
  wall(): number;
  /** Seconds since a fixed point in time, the same for all programs until the computer restarts; never goes back. */
  steady(): number;
  /** Calls once after so many seconds of the steady clock, unless the returned function is called before. */
  after(seconds: number, call: () => void): () => void;
}

/** A point in time on both clocks, so that neither a jump of one nor a sleep of the other shifts it. */
export interface Deadline {
  readonly wall: number;
  readonly steady: number;
}

export function deadlineIn(seconds: number, clocks: Clocks): Deadline {
  return { wall: clocks.wall() + seconds, steady: clocks.steady() + seconds };
}

/** Seconds that are left, by the clock that says less. */
export function secondsUntil({ wall, steady }: Deadline, clocks: Clocks): number {
  return Math.min(wall - clocks.wall(), steady - clocks.steady());
}

/**
 * Seconds after which a waiting caller checks the clocks again. A timer does not count the time in which the computer
 * sleeps, and does not notice that the wall clock was set.
 */
export const CHECK_INTERVAL_SECONDS = 30;

/** Returns the result of a promise within so many seconds; undefined otherwise, and then ignores how the promise ends. */
export async function within<Result>(
  seconds: number,
  promise: Promise<Result>,
  clocks: Clocks,
): Promise<Result | undefined> {
  let stop: () => void = () => undefined;
  const over = new Promise<undefined>((resolve) => {
    stop = clocks.after(seconds, () => resolve(undefined));
  });
  return await Promise.race([promise, over]).finally(stop);
}

/** setTimeout takes no longer wait than this many milliseconds: 24.8 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clocks of this computer. Their timers do not keep the process alive. */
export const systemClocks: Clocks = {
  wall: () => Date.now() / 1000,
  steady: () => Number(process.hrtime.bigint()) / 1e9,
  after(seconds, call) {
    const timer = setTimeout(call, Math.min(seconds * 1000, LONGEST_TIMER_MS)).unref();
    return () => clearTimeout(timer);
  },
};
