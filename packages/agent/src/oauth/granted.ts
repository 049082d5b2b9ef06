/** What a token holds, beside what was asked for. The token counts, where it says so itself, and not what the answer claims. */
import { decodeJwt } from 'jose/jwt/decode';
import type { Secret } from '../secret.ts';
import { missingScopes, parseScopes } from './scope.ts';
import type { Tokens } from './tokens.ts';

/** Scopes that an access token need not name: they bring an ID token, what it says of a person, and a refresh token. */
const NOT_FOR_RESOURCES = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

/**
 * How the scopes of a token differ from those that were asked for. Keycloak's answer to a refresh lists all scopes of the
 * login, while the token has those of the request.
 *
 * @param asked space separated; undefined when the choice was left to the issuer
 * @returns those that did not come, and those that came without having been asked for
 */
export function scopeDifference(
  asked: string | undefined,
  { accessToken, scope }: Pick<Tokens, 'accessToken' | 'scope'>,
): { narrowed: string[]; widened: string[] } {
  if (!asked) return { narrowed: [], widened: [] };
  const answered = scope ?? asked;
  const held = scopeClaim(accessToken);
  if (held === undefined) {
    return { narrowed: missingScopes(asked, answered), widened: missingScopes(answered, asked) };
  }
  const others = parseScopes(answered).filter((one) => NOT_FOR_RESOURCES.includes(one));
  return {
    narrowed: missingScopes(asked, [held, ...others].join(' ')),
    widened: missingScopes(held, asked),
  };
}

/** The scopes that a JWT has (RFC 9068 2.2.3); undefined when it does not say, or is none. */
function scopeClaim(accessToken: Secret): string | undefined {
  try {
    const { scope } = decodeJwt(accessToken.reveal());
    return typeof scope === 'string' ? scope : undefined;
  } catch {
    return undefined;
  }
}
