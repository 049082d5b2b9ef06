import type { Context } from 'koa';
import { OAuthError } from '../errors.ts';
import { bearerToken } from '../http/bearer-token.ts';
import type { Iam } from '../iam.ts';
import { profileOf } from '../profiles/profiles.ts';

/** `/userinfo` (OpenID Connect Core section 5.3), for tokens of a person with the scope `openid`. */
export function userinfoEndpoint(iam: Iam) {
  return (ctx: Context) => {
    const value = bearerToken(ctx);
    ctx.set('Cache-Control', 'no-store');
    const token = iam.state.accessTokens.get(value);
    if (token === undefined) throw new OAuthError(401, 'invalid_token', 'Invalid access token');
    const user = token.userId === undefined ? undefined : iam.users.byId(token.userId);
    if (user === undefined) throw new OAuthError(403, 'access_denied', 'Access is denied');
    if (!token.scopes.includes('openid')) {
      throw new OAuthError(403, 'insufficient_scope', 'Insufficient scope for this resource');
    }
    const profile = profileOf(iam, iam.state.clients.get(token.clientId));
    ctx.body = { sub: user.id, ...profile.userinfo(user, token.scopes) };
  };
}
