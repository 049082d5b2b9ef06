import type { Clock } from '../../concurrency/clock.ts';
import type { SeenLock } from './lock-file.ts';

/** Seconds after which an owner elsewhere that no longer touches its lock counts as gone. */
export const LEASE_SECONDS = 30;
/** Maximum seconds between two checks that count: twenty times the usual pause. */
const LONGEST_GAP_SECONDS = 1;

/** Whether an owner elsewhere still touches its lock, by our clock alone: computers do not agree about the time. */
export class Lease {
  readonly #clock: Pick<Clock, 'steady'>;
  #seen: SeenLock | undefined;
  #lookedAt = 0;
  #unchanged = 0;

  constructor(clock: Pick<Clock, 'steady'>) {
    this.#clock = clock;
  }

  /** Call it each time the lock file was read. */
  isOver(seen: SeenLock): boolean {
    const now = this.#clock.steady();
    const isSame = seen.text === this.#seen?.text && seen.touched === this.#seen.touched;
    // A long gap between two checks, because this process or the file server was suspended, says nothing about the
    // owner.
    this.#unchanged = isSame ? this.#unchanged + Math.min(now - this.#lookedAt, LONGEST_GAP_SECONDS) : 0;
    this.#seen = seen;
    this.#lookedAt = now;
    return this.#unchanged >= LEASE_SECONDS;
  }
}
