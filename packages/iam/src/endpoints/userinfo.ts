import type { Context } from 'koa';
import { EmptyError, PageError } from '../errors.ts';
import { invalidToken, notAuthenticated, presentedToken } from '../http/bearer-token.ts';
import type { Iam } from '../iam.ts';
import { profileOf } from '../profiles/profiles.ts';

/**
 * `/userinfo` (OpenID Connect Core section 5.3), for tokens of a user with the scope `openid`; the token may also be in the query
 * (RFC 6750 section 2.3). As in IAM it is for GET only, answers with a page for a token without `openid`, and returns everything about
 * the user for the scope `profile`, e-mail address included.
 */
export function userinfoEndpoint(
  iam: Pick<Iam, 'accessTokens' | 'clients' | 'defaultProfile' | 'now' | 'registrationTokens' | 'users'>,
) {
  // Users do not change while this process runs.
  const updatedAt = Math.floor(iam.now());
  return {
    GET: (ctx: Context) => {
      const value = presentedToken(ctx) ?? new URLSearchParams(ctx.querystring).get('access_token');
      if (value === null) throw notAuthenticated();
      ctx.set('Cache-Control', 'no-store');
      // To IAM, a registration access token is a valid token without a user.
      if (iam.registrationTokens.get(value) !== undefined) throw new PageError(403, 'Access is denied');
      const token = iam.accessTokens.get(value);
      if (token === undefined) throw invalidToken(value);
      const user = token.userId === undefined ? undefined : iam.users.byId(token.userId);
      const { scopes } = token;
      if (user === undefined || !scopes.includes('openid')) throw new PageError(403, 'Access is denied');
      const profile = profileOf(iam, iam.clients.get(token.clientId));
      ctx.body = scopes.includes('profile')
        ? { sub: user.id, ...profile.userinfo(user, scopes), updated_at: updatedAt, scope: scopes }
        : { sub: user.id };
    },

    POST: (ctx: Context) => {
      ctx.set('Allow', 'GET');
      throw new EmptyError(405);
    },
  };
}
