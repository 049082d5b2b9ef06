import type { Account } from '../../accounts/account.ts';
import type { Clocks } from '../../concurrency/clocks.ts';
import type { IssuerError } from '../../oauth/http/errors.ts';

/** Seconds for which a refresh that has failed is not repeated: programs that try again at once would only burden the issuer. */
const pause = 3;
/** The longest time in seconds for which `Retry-After` of an issuer counts. */
const longestPause = 300;

interface Failure {
  readonly error: IssuerError;
  /** The account as it was then: with another refresh token or client secret the answer may differ. */
  readonly account: Account;
  /** By the steady clock. */
  readonly until: number;
}

/**
 * Refreshes that an issuer has just refused. A program that asks for the same gets the same answer for `pause`, or as long as
 * `Retry-After` says (RFC 9110 10.2.3). Unless the issuer has sent that, a changed account (as by a new login) and a program that
 * wants a new token in any case are tried at once.
 */
export class RecentFailures {
  readonly #clocks: Clocks;
  /** By the token that was asked for; the empty key has a failure that counts for all tokens. */
  readonly #failures = new Map<string, Failure>();

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  /**
   * Throws the failure that counts still, if there is one.
   * @param request what is asked for
   * @param inAnyCase whether a new token was asked for whatever there is
   */
  check(request: string, account: Account, inAnyCase: boolean): void {
    const now = this.#clocks.steady();
    for (const [name, { until }] of this.#failures) if (until <= now) this.#failures.delete(name);
    for (const name of ['', request]) {
      const failure = this.#failures.get(name);
      if (failure === undefined || failure.account !== account) continue;
      const { error, until } = failure;
      if (error.retryAfter !== undefined) throw withRest(error, until - now);
      if (!inAnyCase) throw error;
    }
  }

  /** Remembers a failure. @returns it, with how long to wait if the issuer has said so */
  note(error: IssuerError, request: string, account: Account): IssuerError {
    const { kind, retryAfter } = error;
    const seconds = Math.min(retryAfter ?? pause, longestPause);
    const name = kind === 'unavailable' ? '' : request;
    this.#failures.set(name, { error, account, until: this.#clocks.steady() + seconds });
    return retryAfter === undefined ? error : withRest(error, seconds);
  }
}

function withRest(error: IssuerError, seconds: number): IssuerError {
  const hint = `the issuer asks for rest: try again in ${Math.ceil(seconds)} s`;
  return error.with({ hints: [...error.hints, hint] });
}
