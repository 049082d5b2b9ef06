import { requestTokens, type TokenRequest } from './token-request.ts';
import type { Tokens } from './tokens.ts';

/**
 * Gets an access token for the client itself, without a user (RFC 6749 4.4).
 * @throws IssuerError or IssuerUnreachableError
 */
export function clientCredentialsTokens(request: TokenRequest): Promise<Tokens> {
  return requestTokens(request, 'client_credentials', {});
}
