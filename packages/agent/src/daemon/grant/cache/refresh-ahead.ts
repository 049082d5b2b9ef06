/**
 * Renews tokens before they expire, so that clients need not wait for the issuer. Renews only tokens that clients use:
 * a token that no client took from the cache expires.
 */
import { CHECK_INTERVAL_SECONDS, type Clock } from '../../../concurrency/clock.ts';
import { needsPerson } from '../refresh/refresh-errors.ts';
import type { CachedToken, Renewal, TokenCache, TokenParameters } from './token-cache.ts';

/** The share of a token's life that is left when it is renewed: the smallest, and how much more chance may add to it. */
const RENEWAL_SHARE = { least: 0.2, spread: 0.1 };

/** Seconds to wait after a failure: doubles each time, plus a random share of up to the same length. */
const PAUSE_SECONDS = { first: 5, longest: 300 };

/** Minimum seconds between two checks: the rest of a wait may be below the resolution of the clock. */
const SHORTEST_WAIT_SECONDS = 0.1;

interface Plan {
  /** Seconds before its end at which the token is renewed. */
  readonly ahead: number;
  state: 'waiting' | 'renewing' | 'done';
  failures: number;
  /** By the steady clock: not tried again before. */
  notBefore: number;
}

export class RefreshAhead {
  readonly #cache: TokenCache;
  readonly #renew: (parameters: TokenParameters) => Promise<unknown>;
  readonly #clock: Clock;
  readonly #chance: () => number;
  readonly #plans = new WeakMap<CachedToken, Plan>();
  #stopTimer: () => void = () => undefined;
  #stopped = false;

  /**
   * @param renew gets a new token into the cache, or rejects
   * @param chance a number from 0 to 1, so that accounts that were loaded together do not renew together
   */
  constructor(
    cache: TokenCache,
    renew: (parameters: TokenParameters) => Promise<unknown>,
    clock: Clock,
    chance: () => number = Math.random,
  ) {
    this.#cache = cache;
    this.#renew = renew;
    this.#clock = clock;
    this.#chance = chance;
  }

  /** Renews the tokens that are due and schedules the others. Called when a client takes a token from the cache. */
  watch(): void {
    this.#stopTimer();
    if (this.#stopped) return;
    let next = Number.POSITIVE_INFINITY;
    for (const token of this.#cache.tokens) {
      const due = this.dueIn(token);
      if (due === undefined) continue;
      if (due > 0) next = Math.min(next, due);
      else void this.#renewNow(token);
    }
    if (next < Number.POSITIVE_INFINITY) {
      this.#stopTimer = this.#clock.after(
        Math.max(SHORTEST_WAIT_SECONDS, Math.min(next, CHECK_INTERVAL_SECONDS)),
        () => this.watch(),
      );
    }
  }

  /** The valid tokens, with the seconds until each ends and until it is renewed, as the agent shows them to the user. */
  get schedule() {
    return this.#cache.tokens
      .filter((cached) => this.#cache.validFor(cached) > 0)
      .map((cached) => ({
        scope: cached.parameters.scope,
        audience: cached.parameters.audience,
        validFor: this.#cache.validFor(cached),
        renewedIn: this.dueIn(cached),
      }));
  }

  /** Seconds until a token is renewed; undefined when it will not be, or is just being renewed. */
  dueIn(token: CachedToken): number | undefined {
    if (!token.wanted) return undefined;
    const { ahead, notBefore, state } = this.#planOf(token);
    if (state !== 'waiting') return undefined;
    return Math.max(this.#cache.validFor(token) - ahead, notBefore - this.#clock.steady(), 0);
  }

  /** Whether a token is being renewed. */
  get isRenewing(): boolean {
    return this.#cache.tokens.some((token) => this.#planOf(token).state === 'renewing');
  }

  /** The use of a token and its plan, for another process. */
  renewalOf(token: CachedToken): Renewal {
    const { ahead, failures, notBefore, state } = this.#planOf(token);
    const { lifetime, wanted } = token;
    return { lifetime, wanted, ahead, failures, notBefore, isDone: state === 'done' };
  }

  /** Goes on with the plan of another process. */
  resume(token: CachedToken, { ahead, failures, notBefore, isDone }: Renewal): void {
    this.#plans.set(token, { ahead, failures, notBefore, state: isDone ? 'done' : 'waiting' });
  }

  stop(): void {
    this.#stopped = true;
    this.#stopTimer();
  }

  async #renewNow(token: CachedToken): Promise<void> {
    const plan = this.#planOf(token);
    plan.state = 'renewing';
    try {
      await this.#renew(token.parameters);
      plan.state = 'done';
    } catch (error) {
      // Retrying cannot replace the user's action. The next client that asks gets the error.
      plan.state = needsPerson(error) ? 'done' : 'waiting';
      const wait =
        Math.min(PAUSE_SECONDS.first * 2 ** plan.failures, PAUSE_SECONDS.longest) * (1 + this.#chance());
      plan.notBefore = this.#clock.steady() + wait;
      plan.failures += 1;
    }
    this.watch();
  }

  #planOf(token: CachedToken): Plan {
    const known = this.#plans.get(token);
    if (known !== undefined) return known;
    const ahead = token.lifetime * (RENEWAL_SHARE.least + RENEWAL_SHARE.spread * this.#chance());
    const plan: Plan = { ahead, state: 'waiting', failures: 0, notBefore: 0 };
    this.#plans.set(token, plan);
    return plan;
  }
}
