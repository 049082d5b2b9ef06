import { type Clock, systemClock } from './clock.ts';

/** Remembers a recent result, so that callers in quick succession share one read from the disk. */
export class Remembered<Content> {
  readonly #read: () => Promise<Content>;
  readonly #seconds: number;
  readonly #clock: Clock;
  #content: Promise<Content> | undefined;
  /** By the steady clock. */
  #until = 0;

  /** @param seconds the maximum age of a result */
  constructor(read: () => Promise<Content>, seconds: number, clock: Clock = systemClock) {
    this.#read = read;
    this.#seconds = seconds;
    this.#clock = clock;
  }

  /** @throws the errors of `read`, which are not remembered */
  get(): Promise<Content> {
    const now = this.#clock.steady();
    if (this.#content !== undefined && now < this.#until) return this.#content;
    const content = this.#read();
    this.#content = content;
    this.#until = now + this.#seconds;
    content.catch(() => {
      if (this.#content === content) this.#content = undefined;
    });
    return content;
  }
}
