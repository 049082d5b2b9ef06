import {
  type Clocks,
  type Deadline,
  deadlineIn,
  secondsUntil,
  systemClocks,
} from '../../concurrency/clocks.ts';
import type { LoadOptions } from './loaded-account.ts';

/** Seconds within which a client that has unloaded an account for a new login loads it again. */
const patience = 300;

/** The options of accounts that a client has unloaded, and is about to load again with a new login. */
export class ExpectedAccounts {
  readonly #options = new Map<string, { readonly options: LoadOptions; readonly until: Deadline }>();
  readonly #clocks: Clocks;

  constructor(clocks: Clocks = systemClocks) {
    this.#clocks = clocks;
  }

  expect(name: string, options: LoadOptions): void {
    this.#options.set(name, { options, until: deadlineIn(patience, this.#clocks) });
  }

  /** Gives the options that an account had before; undefined if it was not expected, or not any more. */
  arrived(name: string): LoadOptions | undefined {
    const expected = this.#options.get(name);
    this.#options.delete(name);
    return expected && secondsUntil(expected.until, this.#clocks) > 0 ? expected.options : undefined;
  }

  /** Whether any account is expected. */
  get areExpected(): boolean {
    return [...this.#options.values()].some(({ until }) => secondsUntil(until, this.#clocks) > 0);
  }
}
