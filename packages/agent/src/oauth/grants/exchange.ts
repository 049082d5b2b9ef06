import type { Secret } from '../../secret.ts';
import { requestTokens, type TokenRequest } from './token-request.ts';
import type { Tokens } from './tokens.ts';

/**
 * Exchanges another client's access token for one of our own, in the same person's name (RFC 8693 2.1, impersonation).
 * INDIGO IAM insists on a scope and knows no actor token.
 * @throws `IssuerError` (`denied` by its policies) or `IssuerUnreachableError`
 */
export function exchangeToken(request: TokenRequest & { subjectToken: Secret }): Promise<Tokens> {
  return requestTokens(request, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token: request.subjectToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  });
}
