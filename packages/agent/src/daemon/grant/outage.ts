import type { Clocks } from '../../concurrency/clocks.ts';
import { IssuerUnreachableError } from '../../oauth/http/errors.ts';

/** Seconds after which an issuer that cannot be reached has cost somebody time. */
const long = 10;

/** An issuer that cannot be reached. Whoever stood in line while it did not answer need not wait as long again. */
export class Outage {
  readonly #clocks: Clocks;
  /** The last time that it was waited for in vain; by the steady clock. */
  #last: { readonly error: IssuerUnreachableError; readonly at: number } | undefined;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  /** To be called by who begins to wait for a turn. What it gives runs the work when the turn has come, or throws at once. */
  inLine(): <Result>(work: () => Promise<Result>) => Promise<Result> {
    const since = this.#clocks.steady();
    return async (work) => {
      if (this.#last !== undefined && this.#last.at >= since) throw this.#last.error;
      const began = this.#clocks.steady();
      try {
        return await work();
      } catch (error) {
        const now = this.#clocks.steady();
        if (error instanceof IssuerUnreachableError && now - began >= long) this.#last = { error, at: now };
        throw error;
      }
    };
  }
}
