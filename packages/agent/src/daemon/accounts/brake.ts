import type { Clocks } from '../../concurrency/clocks.ts';

/** The number of wrong passwords that may follow one another, and the seconds after which the brake forgets one of them. */
const limits = { atOnce: 10, seconds: 10 };

/** Seconds for which the answer to a wrong password is held back. They grow with the square of the number of wrong ones. */
const delay = { first: 0.1, longest: 10 };

/**
 * Bounds how fast a program can guess passwords: ten attempts are free, then one every ten seconds is. A right password resets
 * it. No attempt waits for another.
 */
export class Brake {
  readonly #clocks: Clocks;
  #attempts = 0;
  #countedAt = 0;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  /** Counts an attempt. Gives 0 if it may be made, else the seconds until the next one may be, and then does not count it. */
  attempt(): number {
    const attempts = this.#current();
    const excess = attempts + 1 - limits.atOnce;
    if (excess > 0) return excess * limits.seconds;
    this.#attempts = attempts + 1;
    this.#countedAt = this.#clocks.steady();
    return 0;
  }

  /** Forgets the attempts, after a right password. */
  forget(): void {
    this.#attempts = 0;
  }

  /** Resolves when the agent may answer the latest wrong attempt. */
  async holdBack(): Promise<void> {
    const seconds = Math.min(delay.first * Math.ceil(this.#current()) ** 2, delay.longest);
    await new Promise<void>((resolve) => this.#clocks.after(seconds, resolve));
  }

  #current(): number {
    const forgotten = (this.#clocks.steady() - this.#countedAt) / limits.seconds;
    return Math.max(0, this.#attempts - forgotten);
  }
}
