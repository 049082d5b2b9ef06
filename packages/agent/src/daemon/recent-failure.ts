import type { IssuerError } from '../oauth/errors.ts';
import type { Account } from '../vault/account.ts';
import type { Clocks } from './clocks.ts';

/** Seconds for which a refresh that has failed is not repeated: programs that try again at once would only burden the issuer. */
const pause = 3;
/** The longest time, in seconds, for which an issuer may have everybody wait by `Retry-After`. */
const longestPause = 300;

interface Failure {
  readonly error: IssuerError;
  /** What was asked with: with another refresh token or client secret the answer may be another. */
  readonly account: Account;
  /** By the steady clock. */
  readonly until: number;
}

/**
 * Refreshes that an issuer has just refused. Who asks for the same gets the same answer for a moment, and for as long as the
 * issuer asks to be left alone (RFC 9110 10.2.3). Not when the account has changed since, as by a new login, or when a person
 * has asked for a new token in any case, unless the issuer wants rest.
 */
export class RecentFailures {
  readonly #clocks: Clocks;
  /** By what was asked for; under the empty name, what goes for all that may be asked for. */
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
