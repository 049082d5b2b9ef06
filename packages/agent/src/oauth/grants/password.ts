import type { Secret } from '../../secret.ts';
import { IssuerError } from '../http/errors.ts';
import { requestTokens, type TokenRequest } from './token-request.ts';
import type { Tokens } from './tokens.ts';

/**
 * Gets tokens for a user name and a password (RFC 6749 4.3). RFC 9700 2.4 forbids it; some clients of INDIGO IAM are still
 * allowed it.
 * @throws `IssuerError`, with `error` being `invalid_grant` for a wrong password and for terms of use that are not
 * signed; see also `refusesPasswordGrant`
 */
export function passwordTokens(
  request: TokenRequest & {
    username: string;
    password: Secret;
    /** Further parameters for this issuer. */
    parameters?: Readonly<Record<string, Secret>> | undefined;
  },
): Promise<Tokens> {
  const { username, password, parameters } = request;
  return requestTokens(request, 'password', { username, password, ...parameters });
}

/**
 * Whether the issuer said that this client may not use the password grant.
 * The standard word is `unauthorized_client` (RFC 6749 5.2); INDIGO IAM says `invalid_client: Unauthorized grant type`.
 */
export function refusesPasswordGrant(error: unknown): error is IssuerError {
  if (!(error instanceof IssuerError)) return false;
  if (error.error === 'unauthorized_client' || error.error === 'unsupported_grant_type') return true;
  return error.error === 'invalid_client' && /^unauthorized grant type/i.test(error.description ?? '');
}
