import type { Clock } from '../../concurrency/clock.ts';

/** The number of wrong passwords that may follow one another. */
const FREE_ATTEMPTS = 10;
/** Seconds after which the brake forgets one of them. */
const SECONDS_PER_ATTEMPT = 10;

/** Seconds for which the answer to a wrong password is held back: grow with the square of the number of wrong ones. */
const ANSWER_DELAY_SECONDS = { first: 0.1, longest: 10 };

/**
 * Limits how fast a program can guess passwords: ten attempts are free, then one every ten seconds. A right password
 * resets the count. No attempt waits for another.
 */
export class Brake {
  readonly #clock: Clock;
  #attempts = 0;
  #countedAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts an attempt and returns 0 if it is allowed; otherwise returns the seconds until the next one is. */
  attempt(): number {
    const attempts = this.#current();
    const excess = attempts + 1 - FREE_ATTEMPTS;
    if (excess > 0) return excess * SECONDS_PER_ATTEMPT;
    this.#attempts = attempts + 1;
    this.#countedAt = this.#clock.steady();
    return 0;
  }

  /** The attempts, and when they were counted, for another process. */
  get state(): readonly [attempts: number, countedAt: number] {
    return [this.#attempts, this.#countedAt];
  }

  /** Goes on where another process was. */
  restore([attempts, countedAt]: readonly [number, number]): void {
    this.#attempts = attempts;
    this.#countedAt = countedAt;
  }

  /** Forgets the attempts, after a right password. */
  forget(): void {
    this.#attempts = 0;
  }

  /** Resolves when the agent may answer the latest wrong attempt. */
  async holdBack(): Promise<void> {
    const seconds = Math.min(
      ANSWER_DELAY_SECONDS.first * Math.ceil(this.#current()) ** 2,
      ANSWER_DELAY_SECONDS.longest,
    );
    await this.#clock.sleep(seconds, undefined);
  }

  #current(): number {
    const forgotten = (this.#clock.steady() - this.#countedAt) / SECONDS_PER_ATTEMPT;
    return Math.max(0, this.#attempts - forgotten);
  }
}
