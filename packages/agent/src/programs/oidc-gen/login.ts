import { IssuerError } from '../../oauth/errors.ts';
import type { TokenRequest } from '../../oauth/token-request.ts';
import type { Tokens } from '../../oauth/tokens.ts';
import type { Secret } from '../../secret.ts';
import { deviceLogin } from '../device-login.ts';

/**
 * Has the person log in for an account, which needs a refresh token.
 *
 * Throws IssuerError, IssuerUnreachableError or Interrupted.
 */
export async function logIn(
  request: TokenRequest & { scope: string },
): Promise<Tokens & { refreshToken: Secret }> {
  const tokens = await deviceLogin(request);
  const { refreshToken } = tokens;
  if (refreshToken !== undefined) return { ...tokens, refreshToken };
  throw new IssuerError('OIDP response does not contain a refresh token', {
    issuer: request.metadata.issuer,
    kind: 'malformed',
    hints: ['the issuer must allow this client the scope offline_access and the grant refresh_token'],
  });
}
