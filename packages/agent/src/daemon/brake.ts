import type { Clocks } from './clocks.ts';

/** How many wrong passwords may be tried at once, and seconds after which one of them is forgotten. */
const limits = { atOnce: 10, seconds: 10 };

/** Seconds for which the answer to a wrong password is held back: so much for the first, with the square of their number. */
const delay = { first: 0.1, longest: 10 };

/**
 * Bounds how fast passwords can be guessed, and keeps no attempt waiting for another: ten are free, and from then on one each
 * ten seconds. A right one sets it back.
 */
export class Brake {
  readonly #clocks: Clocks;
  #attempts = 0;
  #countedAt = 0;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  /** Counts an attempt, which may be made when this gives 0; else it gives the seconds after which the next may be. */
  attempt(): number {
    const attempts = this.#current();
    const excess = attempts + 1 - limits.atOnce;
    if (excess > 0) return excess * limits.seconds;
    this.#attempts = attempts + 1;
    this.#countedAt = this.#clocks.steady();
    return 0;
  }

  /** An attempt was right. */
  forget(): void {
    this.#attempts = 0;
  }

  /** Resolves when an attempt that was wrong may be told so. */
  async holdBack(): Promise<void> {
    const seconds = Math.min(delay.first * Math.ceil(this.#current()) ** 2, delay.longest);
    await new Promise<void>((resolve) => this.#clocks.after(seconds, resolve));
  }

  #current(): number {
    const forgotten = (this.#clocks.steady() - this.#countedAt) / limits.seconds;
    return Math.max(0, this.#attempts - forgotten);
  }
}
