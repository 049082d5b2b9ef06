import type { Secret } from '../../secret.ts';
import { IssuerError } from '../http/errors.ts';
import { requestTokens, type TokenRequest } from './token-request.ts';
import type { Tokens } from './tokens.ts';

/**
 * Gets tokens for a user name and a password (RFC 6749 4.3). RFC 9700 2.4 forbids the grant, but INDIGO IAM still allows it
 * to some clients. Custom parameters replace user name and password, too: their values may come from files and variables.
 *
 * @throws as `requestTokens`; the `error` is `invalid_grant` if the password is wrong or the user has not signed the terms
 * of use. See also `refusesPasswordGrant`
 */
export function passwordTokens(
  request: TokenRequest & { username: string; password: Secret },
): Promise<Tokens> {
  const { username, password, customParameters } = request;
  return requestTokens(request, 'password', { username, password, ...customParameters });
}

/**
 * Whether the issuer forbids this client the password grant. The standard code is `unauthorized_client` (RFC 6749 5.2); INDIGO
 * IAM sends `invalid_client: Unauthorized grant type`.
 */
export function refusesPasswordGrant(error: unknown): error is IssuerError {
  if (!(error instanceof IssuerError)) return false;
  if (error.error === 'unauthorized_client' || error.error === 'unsupported_grant_type') return true;
  return error.error === 'invalid_client' && /^unauthorized grant type/i.test(error.description ?? '');
}
