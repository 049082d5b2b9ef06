import type { Context } from 'koa';
import { EmptyError } from '../errors.ts';
import { readForm } from '../http/body.ts';
import { authenticateClient, basicCredentials } from '../http/client-authentication.ts';
import type { Iam } from '../iam.ts';
import { revokeRefreshToken } from '../state/state.ts';

/**
 * `POST /revoke` (RFC 7009). A refresh token takes its access tokens along; an unknown token is nothing to complain of.
 *
 * A client that proves itself in the form is sent to `/` whatever becomes of the token. IAM's filter for such clients
 * redirects as after a login, and the request goes on all the same.
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

/** Revokes a token of this client; gives the HTTP status for what became of it. */
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
