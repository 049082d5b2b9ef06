/** Compares granted scopes with requested ones. The claims of the token take precedence over the answer. */
import type { Secret } from '../../secret.ts';
import { missingScopes, parseScopes } from '../scope.ts';
import { unverifiedClaims } from '../tokens/unverified-claims.ts';
import type { Tokens } from './tokens.ts';

/** Scopes that an access token need not list: they request an ID token, its claims about the user, and a refresh token. */
const NOT_FOR_RESOURCES = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

/** Google's answers always use these names for two scopes, whichever name the client requested. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'https://www.googleapis.com/auth/userinfo.email': 'email',
  'https://www.googleapis.com/auth/userinfo.profile': 'profile',
};

/**
 * The granted scopes, in the names of the request. A refresh token proves `offline_access`: Entra issues one and does
 * not list the scope.
 */
function inAskedNames(answered: string, asked: string, hasRefreshToken: boolean): string {
  const names = parseScopes(asked);
  const askedName = (scope: string) => {
    const other = OTHER_NAMES[scope];
    return other !== undefined && !names.includes(scope) && names.includes(other) ? other : scope;
  };
  const given = hasRefreshToken ? names.filter((scope) => scope === 'offline_access') : [];
  return [...parseScopes(answered).map(askedName), ...given].join(' ');
}

/**
 * Compares the scopes of a token with the requested ones. Keycloak's answer to a refresh lists all scopes of the
 * login, while the token has those of the request.
 *
 * @param asked space separated; undefined if the request left the choice to the issuer
 * @returns the missing scopes, and the additional ones
 */
export function scopeDifference(
  asked: string | undefined,
  { accessToken, scope, refreshToken }: Pick<Tokens, 'accessToken' | 'scope' | 'refreshToken'>,
): { narrowed: string[]; widened: string[] } {
  if (!asked) return { narrowed: [], widened: [] };
  const answered = inAskedNames(scope ?? asked, asked, refreshToken !== undefined);
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
  const scope = unverifiedClaims(accessToken)?.scope;
  return typeof scope === 'string' ? scope : undefined;
}
