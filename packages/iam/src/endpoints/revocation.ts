import type { Context } from 'koa';
import { OAuthError } from '../errors.ts';
import { readForm } from '../http/body.ts';
import { authenticateClient } from '../http/client-authentication.ts';
import type { Iam } from '../iam.ts';
import { revokeRefreshToken } from '../state/state.ts';

/** `POST /revoke` (RFC 7009). A refresh token takes its access tokens along; an unknown token is nothing to complain of. */
export function revocationEndpoint(iam: Iam) {
  return async (ctx: Context) => {
    const form = await readForm(ctx);
    const client = authenticateClient(iam, ctx, form);
    const value = form.get('token') ?? '';
    const refreshToken = iam.state.refreshTokens.get(value);
    const token = refreshToken ?? iam.state.accessTokens.get(value);
    if (token !== undefined && token.clientId !== client.client_id) {
      throw new OAuthError(403, 'access_denied', 'The token belongs to another client');
    }
    if (refreshToken !== undefined) revokeRefreshToken(iam.state, refreshToken);
    else iam.state.accessTokens.delete(value);
    ctx.status = 200;
    ctx.body = '';
  };
}
