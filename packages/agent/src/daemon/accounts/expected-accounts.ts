import { type Clock, type Deadline, deadlineIn, secondsUntil, systemClock } from '../../concurrency/clock.ts';
import type { LoadOptions } from './loaded-account.ts';

/** Seconds that a client has to load an account again after unloading it for a new login. */
const EXPECTED_SECONDS = 300;

/** The options of accounts that a client has unloaded, and is about to load again with a new login. */
export class ExpectedAccounts {
  readonly #options = new Map<string, { readonly options: LoadOptions; readonly until: Deadline }>();
  readonly #clock: Clock;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  expect(name: string, options: LoadOptions): void {
    this.#options.set(name, { options, until: deadlineIn(EXPECTED_SECONDS, this.#clock) });
  }

  /** Returns the former options of an account; undefined if it is not, or no longer, expected. */
  arrived(name: string): LoadOptions | undefined {
    const expected = this.#options.get(name);
    this.#options.delete(name);
    return expected && secondsUntil(expected.until, this.#clock) > 0 ? expected.options : undefined;
  }

  /** Whether any account is expected. */
  get areExpected(): boolean {
    return [...this.#options.values()].some(({ until }) => secondsUntil(until, this.#clock) > 0);
  }
}
