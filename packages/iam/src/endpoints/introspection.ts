import type { Context } from 'koa';
import { scopesOf } from '../clients/clients.ts';
import { EmptyError } from '../errors.ts';
import { readForm } from '../http/body.ts';
import { authenticateClient } from '../http/client-authentication.ts';
import type { Iam } from '../iam.ts';
import { profileOf } from '../profiles/profiles.ts';

/**
 * `/introspect` (RFC 7662), for clients with Basic credentials. The answer has only those scopes of a token that the client has, too. As
 * in IAM the token may also be in the query, and the method `GET`.
 */
export function introspectionEndpoint(
  iam: Pick<
    Iam,
    'accessTokens' | 'clients' | 'defaultProfile' | 'issuer' | 'refreshTokens' | 'scopes' | 'users'
  >,
) {
  const introspect = async (ctx: Context) => {
    const client = authenticateClient(iam, ctx);
    const value = (await readForm(ctx)).get('token') ?? new URLSearchParams(ctx.querystring).get('token');
    if (value === null) throw new EmptyError(400);
    if (!client.allow_introspection) throw new EmptyError(403);
    ctx.set('Cache-Control', 'no-store');
    const accessToken = iam.accessTokens.get(value);
    const token = accessToken ?? iam.refreshTokens.get(value);
    if (token === undefined) {
      ctx.body = { active: false };
      return;
    }

    const user = token.userId === undefined ? undefined : iam.users.byId(token.userId);
    const owner = iam.clients.get(token.clientId);
    const allowed = scopesOf(client);
    const scopes = token.scopes.filter((scope) => iam.scopes.covers(allowed, scope));
    const audience = accessToken?.audience ?? [];
    const common = {
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
    };
    ctx.body = profileOf(iam, owner).introspection({ user, scopes, audience }, common);
  };
  return { GET: introspect, POST: introspect };
}
