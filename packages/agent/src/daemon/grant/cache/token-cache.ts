import {
  type Clock,
  type Deadline,
  deadlineIn,
  secondsUntil,
  systemClock,
} from '../../../concurrency/clock.ts';
import { parseScopes } from '../../../oauth/scope.ts';
import type { Secret } from '../../../secret.ts';

/** The token parameters of a client. An absent one means the account's default. */
export interface TokenParameters {
  readonly scope?: string | undefined;
  readonly audience?: string | undefined;
}

/** An access token with the issuer's statements about it. */
export interface IssuedToken {
  readonly accessToken: Secret;
  /** Seconds since the epoch; undefined if the issuer did not say. */
  readonly expiresAt: number | undefined;
  readonly idToken: Secret | undefined;
  /** Notes for the client on how the token differs from its request, one sentence each. */
  readonly remarks: readonly string[];
}

/** A token with the parameters of its request. */
export interface CacheableToken {
  readonly parameters: TokenParameters;
  readonly token: IssuedToken;
  readonly ends: Deadline;
  /** Of a token that was in the cache of another process; undefined for a new one. */
  readonly renewal?: Renewal | undefined;
}

/** The use of a token, and the plan for its renewal; see `RefreshAhead`. */
export interface Renewal {
  /** Seconds from its issue to its end. */
  readonly lifetime: number;
  /** Whether a client took it from the cache. */
  readonly wanted: boolean;
  /** Seconds before its end at which it is renewed. */
  readonly ahead: number;
  readonly failures: number;
  /** By the steady clock: not tried again before. */
  readonly notBefore: number;
  /** Whether it is not renewed any more. */
  readonly isDone: boolean;
}

/** A token in the cache. */
export interface CachedToken extends CacheableToken {
  /** Seconds from its issue to its end. */
  readonly lifetime: number;
  /** Whether a client took it from the cache, so that the agent should renew it. */
  wanted: boolean;
}

/**
 * Seconds for which an expired token stays in the cache, for its renewal; by the steady clock, so that the tokens in
 * use before the computer sleeps are still known when it wakes.
 */
const REMEMBERED_SECONDS = 3600;

/** Maximum number of cached tokens of an account. */
const MAX_TOKENS = 200;
/** Maximum length of the scopes and audiences of a cached token. */
const MAX_KEY_CHARACTERS = 4096;

/**
 * The tokens of one account: one for each set of scopes and audiences, each with its own expiry. A full cache drops the
 * least recently used token.
 */
export class TokenCache {
  readonly #tokens = new Map<string, CachedToken>();
  readonly #clock: Clock;
  readonly #onWanted: () => void;

  /** @param onWanted called when a token is taken from the cache for the first time */
  constructor(clock: Clock = systemClock, onWanted: () => void = () => undefined) {
    this.#clock = clock;
    this.#onWanted = onWanted;
  }

  /**
   * Returns the token for these parameters if it stays valid for more than `minValid` seconds. Never returns a token of
   * unknown expiry.
   */
  get(parameters: TokenParameters, minValid: number): IssuedToken | undefined {
    const key = cacheKey(parameters);
    const cached = this.#tokens.get(key);
    if (cached === undefined || this.validFor(cached) <= Math.max(minValid, 0)) return undefined;
    // Set again, so that the map is in the order of last use.
    this.#tokens.delete(key);
    this.#tokens.set(key, cached);
    if (!cached.wanted) {
      cached.wanted = true;
      this.#onWanted();
    }
    return cached.token;
  }

  /**
   * Replaces the token for these parameters, also if the new one cannot be cached.
   * @param ends its end, if it was computed before: the wall clock may have been set since
   * @param renewal of a token that was in the cache of another process
   * @returns the token in the cache, if it can be kept
   */
  set(
    parameters: TokenParameters,
    token: IssuedToken,
    ends = this.#endOf(token),
    renewal?: Renewal,
  ): CachedToken | undefined {
    this.#forgetOld();
    const key = cacheKey(parameters);
    this.#tokens.delete(key);
    if (ends === undefined || key.length > MAX_KEY_CHARACTERS) return undefined;
    const { lifetime = secondsUntil(ends, this.#clock), wanted = false } = renewal ?? {};
    const cached = { parameters, token, ends, lifetime, wanted };
    this.#tokens.set(key, cached);
    const [leastUsed] = this.#tokens.keys();
    if (this.#tokens.size > MAX_TOKENS && leastUsed !== undefined) this.#tokens.delete(leastUsed);
    return cached;
  }

  get tokens(): readonly CachedToken[] {
    this.#forgetOld();
    return [...this.#tokens.values()];
  }

  /** Seconds for which a token stays valid. Setting the wall clock back does not extend it, and a sleep of the computer counts. */
  validFor({ ends }: CachedToken): number {
    return secondsUntil(ends, this.#clock);
  }

  #endOf({ expiresAt }: IssuedToken): Deadline | undefined {
    return expiresAt === undefined ? undefined : deadlineIn(expiresAt - this.#clock.wall(), this.#clock);
  }

  #forgetOld(): void {
    for (const [key, { ends }] of this.#tokens) {
      if (ends.steady - this.#clock.steady() <= -REMEMBERED_SECONDS) this.#tokens.delete(key);
    }
  }
}

/** The same for the same sets, however they are ordered and spaced. Scopes and audiences hold no newline. */
export function cacheKey({ scope, audience }: TokenParameters): string {
  // The usual case.
  if (scope === undefined && audience === undefined) return '\n';
  const set = (text: string | undefined) =>
    parseScopes(text ?? '')
      .sort()
      .join(' ');
  return `${set(scope)}\n${set(audience)}`;
}
