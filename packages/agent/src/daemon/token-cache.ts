import { parseScopes } from '../oauth/scope.ts';
import type { Secret } from '../secret.ts';

/** What a client asks a token to be. Absent means: as the account has it. */
export interface TokenWish {
  readonly scope?: string | undefined;
  readonly audience?: string | undefined;
}

/** An access token with what the issuer said about it. */
export interface IssuedToken {
  readonly accessToken: Secret;
  /** Seconds since the epoch; undefined if the issuer did not say. */
  readonly expiresAt: number | undefined;
  readonly idToken: Secret | undefined;
  /** Asked for, and not in the token. */
  readonly narrowed: readonly string[];
}

/** The tokens of one account: one for each set of scopes and audiences, each with its own expiry. */
export class TokenCache {
  readonly #tokens = new Map<string, IssuedToken>();
  /** Seconds since the epoch. */
  readonly #now: () => number;

  constructor(now: () => number = () => Date.now() / 1000) {
    this.#now = now;
  }

  /**
   * The token for a wish, if there is one that is still valid for more than `minValid` seconds. A token whose expiry is not
   * known is never taken from here.
   */
  get(wish: TokenWish, minValid: number): IssuedToken | undefined {
    const token = this.#tokens.get(cacheKey(wish));
    if (token?.expiresAt === undefined) return undefined;
    return token.expiresAt - this.#now() > Math.max(minValid, 0) ? token : undefined;
  }

  set(wish: TokenWish, token: IssuedToken): void {
    const now = this.#now();
    for (const [key, { expiresAt }] of this.#tokens) {
      if (expiresAt === undefined || expiresAt <= now) this.#tokens.delete(key);
    }
    this.#tokens.set(cacheKey(wish), token);
  }
}

/** The same for the same sets, however they are ordered and spaced. Scopes and audiences hold no newline. */
export function cacheKey({ scope, audience }: TokenWish): string {
  const set = (text: string | undefined) =>
    parseScopes(text ?? '')
      .sort()
      .join(' ');
  return `${set(scope)}\n${set(audience)}`;
}
