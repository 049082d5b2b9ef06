/** What a user and their jobs do in a day, at a speed at which the benchmark takes minutes instead of hours. */
import { setTimeout as pause } from 'node:timers/promises';

/** How much faster than the clock time goes. An hour is a minute: less, and the agent would not have time to fall asleep. */
export const SPEED = 60;

/** What is done again and again; of `every`, the times of the first are chance. */
export interface Habit {
  /** The seconds of the day between two times. */
  readonly everySeconds: number;
  readonly run: () => Promise<unknown>;
}

/**
 * Lives for so many hours. What a habit takes longer than its time is left out.
 *
 * @param chance numbers from 0 to 1: when each habit begins
 */
export async function live(hours: number, habits: readonly Habit[], chance: () => number): Promise<void> {
  const end = performance.now() + (hours * 3600 * 1000) / SPEED;
  const follow = async ({ everySeconds, run }: Habit) => {
    const everyMs = (everySeconds * 1000) / SPEED;
    for (let next = performance.now() + everyMs * chance(); next < end; next += everyMs) {
      await pause(Math.max(0, next - performance.now()));
      await run();
    }
  };
  await Promise.all(habits.map(follow));
}

/** The same numbers in each run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
