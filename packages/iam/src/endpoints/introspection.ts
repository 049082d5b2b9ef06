import type { Context } from 'koa';
import { scopesOf } from '../clients.ts';
import { readForm } from '../http/body.ts';
import { authenticateClient } from '../http/client-authentication.ts';
import type { Iam } from '../iam.ts';

/**
 * `POST /introspect` (RFC 7662), for clients that prove themselves with Basic. They see of a token's scopes only
 * those that they have themselves.
 */
export function introspectionEndpoint(iam: Iam) {
  return async (ctx: Context) => {
    const client = authenticateClient(iam, ctx);
    const value = (await readForm(ctx)).get('token') ?? '';
    ctx.set('Cache-Control', 'no-store');
    const accessToken = iam.state.accessTokens.get(value);
    const token = accessToken ?? iam.state.refreshTokens.get(value);
    if (token === undefined) {
      ctx.body = { active: false };
      return;
    }

    const user = token.userId === undefined ? undefined : iam.users.byId(token.userId);
    const allowed = scopesOf(client);
    const scopes = token.scopes.filter((scope) => iam.scopes.covers(allowed, scope));
    const audience = accessToken?.audience ?? [];
    ctx.body = {
      active: true,
      scope: scopes.join(' '),
      expires_at: new Date(token.expiresAt * 1000).toISOString().replace(/\.\d+Z$/, '+0000'),
      exp: token.expiresAt,
      sub: user?.id ?? token.clientId,
      ...(user === undefined ? {} : { user_id: user.username }),
      client_id: token.clientId,
      token_type: 'Bearer',
      iss: iam.issuer,
      ...(audience.length === 0 ? {} : { aud: audience.join(' ') }),
      ...iam.profile.introspection({ user, scopes, audience }),
    };
  };
}
