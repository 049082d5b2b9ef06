import type { Account } from '../../../accounts/account.ts';
import type { Clock } from '../../../concurrency/clock.ts';
import type { IssuerError } from '../../../oauth/http/errors.ts';

/** Seconds before the agent repeats a failed refresh: programs that retry at once would only burden the issuer. */
const PAUSE_SECONDS = 3;
/** Maximum seconds for which the agent honours an issuer's `Retry-After`. */
const LONGEST_PAUSE_SECONDS = 300;

interface Failure {
  readonly error: IssuerError;
  /** The account as it was then: with another refresh token or client secret the answer may differ. */
  readonly account: Account;
  /** By the steady clock. */
  readonly until: number;
}

/**
 * Refreshes that an issuer has just refused. Identical requests get the same error for `PAUSE_SECONDS`, or as long as
 * `Retry-After` says (RFC 9110 10.2.3). Without `Retry-After`, the agent retries at once if the account has changed
 * (for example by a new login) or if the client insists on a new token.
 */
export class RecentFailures {
  readonly #clock: Clock;
  /** By the token that was asked for; the empty key has a failure that counts for all tokens. */
  readonly #failures = new Map<string, Failure>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param request identifies the request
   * @param inAnyCase whether the client insists on a new token
   * @throws the recent failure that applies to a request, if any
   */
  check(request: string, account: Account, inAnyCase: boolean): void {
    const now = this.#clock.steady();
    for (const [name, { until }] of this.#failures) if (until <= now) this.#failures.delete(name);
    for (const name of ['', request]) {
      const failure = this.#failures.get(name);
      if (failure === undefined || failure.account !== account) continue;
      const { error, until } = failure;
      if (error.retryAfter !== undefined) throw withRest(error, until - now);
      if (!inAnyCase) throw error;
    }
  }

  get areThere(): boolean {
    const now = this.#clock.steady();
    return [...this.#failures.values()].some(({ until }) => until > now);
  }

  /** Records a failure. @returns it, with the time to wait if the issuer sent one */
  note(error: IssuerError, request: string, account: Account): IssuerError {
    const { kind, retryAfter } = error;
    const seconds = Math.min(retryAfter ?? PAUSE_SECONDS, LONGEST_PAUSE_SECONDS);
    const name = kind === 'unavailable' ? '' : request;
    this.#failures.set(name, { error, account, until: this.#clock.steady() + seconds });
    return retryAfter === undefined ? error : withRest(error, seconds);
  }
}

function withRest(error: IssuerError, seconds: number): IssuerError {
  const hint = `the issuer limits how often you may ask: try again in ${Math.ceil(seconds)} s`;
  return error.with({ hints: [...error.hints, hint] });
}
