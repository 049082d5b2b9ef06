import type { Clock } from '../../../concurrency/clock.ts';
import { IssuerUnreachableError } from '../../../oauth/http/errors.ts';

/** Seconds after which a failed request counts as an outage for the requests queued behind it. */
const OUTAGE_SECONDS = 10;

/**
 * An issuer that the agent cannot reach. Requests queued during a timed-out refresh fail with the same error instead of
 * timing out again.
 */
export class Outage {
  readonly #clock: Clock;
  /** The last timed-out request; by the steady clock. */
  #last: { readonly error: IssuerUnreachableError; readonly at: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Called when a request joins the queue. Returns a function that runs the work at its turn, or throws at once after
   * an outage.
   * @throws (the returned function) the IssuerUnreachableError of the outage, or the errors of the work
   */
  inLine(): <Result>(work: () => Promise<Result>) => Promise<Result> {
    const since = this.#clock.steady();
    return async (work) => {
      if (this.#last !== undefined && this.#last.at >= since) throw this.#last.error;
      const began = this.#clock.steady();
      try {
        return await work();
      } catch (error) {
        const now = this.#clock.steady();
        if (error instanceof IssuerUnreachableError && now - began >= OUTAGE_SECONDS)
          this.#last = { error, at: now };
        throw error;
      }
    };
  }
}
