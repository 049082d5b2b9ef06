import type { Context } from 'koa';
import { ApiError } from '../../errors.ts';
import type { Routes } from '../../http/router.ts';
import type { Iam } from '../../iam.ts';
import { type AccessToken, type RefreshToken, revokeRefreshToken } from '../../state/state.ts';
import type { Administrators } from './administrators.ts';
import { pageOf } from './paging.ts';

/**
 * `/iam/api/access-tokens` and `/iam/api/refresh-tokens`: lists and revokes tokens. The query may select a client (`clientId`) and a
 * user (`userId`, the username). Unlike IAM it never shows the tokens themselves.
 */
export function tokenManagement(
  iam: Pick<Iam, 'accessTokens' | 'issuer' | 'refreshTokens' | 'users'>,
  { mayRead, mayWrite }: Administrators,
): Routes {
  const { accessTokens, refreshTokens } = iam;
  const view = tokenView(iam);
  const selected = <T extends AccessToken | RefreshToken>(ctx: Context, tokens: Iterable<T>): T[] => {
    const { clientId, userId } = ctx.query;
    return [...tokens].filter(
      (token) =>
        (clientId === undefined || token.clientId === clientId) &&
        (userId === undefined || iam.users.byId(token.userId ?? '')?.username === userId),
    );
  };

  return {
    '/iam/api/access-tokens': {
      GET: mayRead((ctx) => {
        ctx.body = pageOf(ctx, selected(ctx, accessTokens.values()), view);
      }),
      DELETE: mayWrite((ctx) => {
        accessTokens.deleteWhere(() => true);
        ctx.status = 204;
      }),
    },
    '/iam/api/access-tokens/*': {
      GET: mayRead((ctx, id) => {
        ctx.body = view(tokenWithId(accessTokens.values(), id));
      }),
      DELETE: mayWrite((ctx, id) => {
        accessTokens.delete(tokenWithId(accessTokens.values(), id).token);
        ctx.status = 204;
      }),
    },
    '/iam/api/refresh-tokens': {
      GET: mayRead((ctx) => {
        ctx.body = pageOf(ctx, selected(ctx, refreshTokens.values()), view);
      }),
      DELETE: mayWrite((ctx) => {
        for (const token of [...refreshTokens.values()]) revokeRefreshToken(iam, token);
        ctx.status = 204;
      }),
    },
    '/iam/api/refresh-tokens/*': {
      GET: mayRead((ctx, id) => {
        ctx.body = view(tokenWithId(refreshTokens.values(), id));
      }),
      DELETE: mayWrite((ctx, id) => {
        revokeRefreshToken(iam, tokenWithId(refreshTokens.values(), id));
        ctx.status = 204;
      }),
    },
  };
}

function tokenView(iam: Pick<Iam, 'issuer' | 'users'>) {
  return ({ id, scopes, expiresAt, clientId, userId }: AccessToken | RefreshToken) => {
    const user = iam.users.byId(userId ?? '');
    return {
      id,
      scopes,
      expiration: new Date(expiresAt * 1000).toISOString(),
      client: { clientId, ref: `${iam.issuer}iam/api/clients/${encodeURIComponent(clientId)}` },
      ...(user === undefined
        ? {}
        : { user: { id: user.id, userName: user.username, ref: `${iam.issuer}scim/Users/${user.id}` } }),
    };
  };
}

/** @throws ApiError 404 */
function tokenWithId<T extends AccessToken | RefreshToken>(tokens: Iterable<T>, id: string): T {
  for (const token of tokens) if (String(token.id) === id) return token;
  throw new ApiError(404, `Token not found: ${id}`);
}
