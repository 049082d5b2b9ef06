import type { Context } from 'koa';
import { OAuthError } from '../errors.ts';
import type { Iam } from '../iam.ts';
import type { Sessions } from '../users/sessions.ts';
import type { User } from '../users/users.ts';
import { invalidToken, notAuthenticated, presentedToken } from './bearer-token.ts';
import { isFromOurPages } from './own-pages.ts';

/** Recognises the users who call an API. */
export interface Callers {
  /**
   * The user who calls: the owner of the access token or, without a token, the user who is logged in with the browser.
   * @throws OAuthError 401 for an unknown access token
   */
  user(ctx: Context): Promise<User | undefined>;
  /**
   * Lets only administrators pass, with an access token that has the scope or with a login in the browser.
   * @throws OAuthError 401 without a login or token, 403 for other users and for tokens without the scope
   */
  requireAdministrator(ctx: Context, scope: AdministrationScope): Promise<void>;
}

export type AdministrationScope = 'iam:admin.read' | 'iam:admin.write';

export function createCallers(
  iam: Pick<Iam, 'accessTokens' | 'issuer' | 'users'>,
  sessions: Sessions,
): Callers {
  return {
    user: async (ctx) => (await callerOf(iam, sessions, ctx))?.user,

    async requireAdministrator(ctx, scope) {
      const caller = await callerOf(iam, sessions, ctx);
      if (caller === undefined) throw notAuthenticated();
      if (caller.scopes?.includes(scope) === false) {
        throw new OAuthError(403, 'insufficient_scope', 'Insufficient scope for this resource');
      }
      if (caller.user?.admin !== true) throw new OAuthError(403, 'access_denied', 'Access is denied');
    },
  };
}

interface Caller {
  /** Absent for a client on its own. */
  readonly user: User | undefined;
  /** Absent for a login session, which is not limited to scopes. */
  readonly scopes?: readonly string[];
}

async function callerOf(
  iam: Pick<Iam, 'accessTokens' | 'issuer' | 'users'>,
  sessions: Sessions,
  ctx: Context,
): Promise<Caller | undefined> {
  const presented = presentedToken(ctx);
  if (presented !== undefined) {
    const token = iam.accessTokens.get(presented);
    if (token === undefined) throw invalidToken(presented);
    return { user: iam.users.byId(token.userId ?? ''), scopes: token.scopes };
  }
  // Pages of other sites must not use the login session.
  if (!isFromOurPages(iam, ctx)) return undefined;
  const login = await sessions.current(ctx);
  return login === undefined ? undefined : { user: login.user };
}
