import type { Context } from 'koa';
import { OAuthError } from '../errors.ts';
import type { Iam } from '../iam.ts';
import type { Sessions } from '../sessions.ts';
import type { User } from '../users.ts';
import { invalidToken, notAuthenticated, presentedToken } from './bearer-token.ts';
import { isFromOurPages } from './own-pages.ts';

/**
 * The person who calls an API, by an access token or, without any, by the login session of a page of ours.
 * @throws OAuthError 401 for an unknown access token
 */
export async function callingUser(iam: Iam, sessions: Sessions, ctx: Context): Promise<User | undefined> {
  return (await callerOf(iam, sessions, ctx))?.user;
}

/**
 * Lets only administrators pass: with an access token that has the scope, or logged in.
 * @throws OAuthError 401 without a login or token, 403 for other people and tokens without the scope
 */
export async function requireAdministrator(
  iam: Iam,
  sessions: Sessions,
  ctx: Context,
  scope: 'iam:admin.read' | 'iam:admin.write',
): Promise<void> {
  const caller = await callerOf(iam, sessions, ctx);
  if (caller === undefined) throw notAuthenticated();
  if (caller.scopes?.includes(scope) === false) {
    throw new OAuthError(403, 'insufficient_scope', 'Insufficient scope for this resource');
  }
  if (caller.user?.admin !== true) throw new OAuthError(403, 'access_denied', 'Access is denied');
}

interface Caller {
  /** Absent for a client on its own. */
  readonly user: User | undefined;
  /** Absent for a login session, which is not limited to scopes. */
  readonly scopes?: readonly string[];
}

async function callerOf(iam: Iam, sessions: Sessions, ctx: Context): Promise<Caller | undefined> {
  const presented = presentedToken(ctx);
  if (presented !== undefined) {
    const token = iam.state.accessTokens.get(presented);
    if (token === undefined) throw invalidToken(presented);
    return { user: iam.users.byId(token.userId ?? ''), scopes: token.scopes };
  }
  // Pages of other sites must not use the login session.
  if (!isFromOurPages(iam, ctx)) return undefined;
  const login = await sessions.current(ctx);
  return login === undefined ? undefined : { user: login.user };
}
