import type { Context } from 'koa';
import { EmptyError } from '../errors.ts';
import { readForm } from '../http/body.ts';
import { authenticateClient, basicCredentials } from '../http/client-authentication.ts';
import type { Iam } from '../iam.ts';
import { revokeRefreshToken } from '../state/state.ts';

/**
 * `POST /revoke` (RFC 7009). With a refresh token it revokes its access tokens; an unknown token is not an error.
 *
 * A client with its credentials in the form gets a redirect to `/`, whether it may revoke the token or not: IAM's filter for such
 * clients redirects as after a login, and still processes the request.
 */
export function revocationEndpoint(iam: Pick<Iam, 'accessTokens' | 'clients' | 'refreshTokens'>) {
  return async (ctx: Context) => {
    const form = await readForm(ctx);
    const client = authenticateClient(iam, ctx, form);
    const status = revoke(iam, client.client_id, form.get('token'));
    if (basicCredentials(ctx.get('Authorization')) === undefined) {
      ctx.redirect('/');
      ctx.body = '';
      return;
    }
    if (status !== 200) throw new EmptyError(status);
    ctx.status = 200;
    ctx.body = '';
  };
}

/** Revokes a token of this client. @returns the HTTP status of the answer */
function revoke(
  iam: Pick<Iam, 'accessTokens' | 'refreshTokens'>,
  clientId: string,
  value: string | null,
): number {
  if (value === null) return 400;
  const refreshToken = iam.refreshTokens.get(value);
  const token = refreshToken ?? iam.accessTokens.get(value);
  if (token !== undefined && token.clientId !== clientId) return 403;
  if (refreshToken !== undefined) revokeRefreshToken(iam, refreshToken);
  else iam.accessTokens.delete(value);
  return 200;
}
