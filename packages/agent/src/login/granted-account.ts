/** The result of a login: the account with its new refresh token. */

import type { Account } from '../accounts/account.ts';
import { withRefreshToken } from '../accounts/replaced-tokens.ts';
import type { Tokens } from '../oauth/grants/tokens.ts';
import { IssuerError } from '../oauth/http/errors.ts';
import type { Secret } from '../secret.ts';

/** The account with the refresh token and the scopes of a login. */
export function withGrant(account: Account, { refreshToken, scope }: Tokens): Account {
  return { ...withRefreshToken(account, refreshToken), refresh_scope: scope ?? account.refresh_scope };
}

/**
 * Requires the refresh token of a login; without one there is no account.
 * @throws IssuerError
 */
export function requireRefreshToken({ refreshToken }: Tokens, issuer: string): void {
  if (refreshToken !== undefined) return;
  throw new IssuerError('OIDP response does not contain a refresh token', {
    issuer,
    kind: 'malformed',
    hints: ['the issuer must allow this client the scope offline_access and the grant refresh_token'],
  });
}

/** The tokens of a login by refresh token, with the used refresh token if the issuer has not replaced it (RFC 6749 6). */
export function withUsedRefreshToken(tokens: Tokens, used: Secret): Tokens {
  return { ...tokens, refreshToken: tokens.refreshToken ?? used };
}
