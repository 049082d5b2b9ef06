import type { Clock } from '../../concurrency/clock.ts';
import type { SeenLock } from './lock-file.ts';

/** Milliseconds after which an owner elsewhere that no longer touches its lock is taken for gone. */
export const LEASE_MS = 30_000;
/** Milliseconds between two looks that count at most: twenty times the usual pause. */
const LONGEST_GAP_MS = 1000;

/** Whether an owner elsewhere still touches its lock, by our clock alone: computers do not agree about the time. */
export class Lease {
  readonly #clock: Clock;
  #seen: SeenLock | undefined;
  #lookedAt = 0;
  #unchanged = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be asked at each look. */
  isOver(seen: SeenLock): boolean {
    const now = this.#clock.now();
    const isSame = seen.text === this.#seen?.text && seen.touched === this.#seen.touched;
    // A long gap between two checks, because this process or the file server was suspended, says nothing about the
    // owner.
    this.#unchanged = isSame ? this.#unchanged + Math.min(now - this.#lookedAt, LONGEST_GAP_MS) : 0;
    this.#seen = seen;
    this.#lookedAt = now;
    return this.#unchanged >= LEASE_MS;
  }
}
