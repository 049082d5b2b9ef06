import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';
import { PageError } from '../errors.ts';
import type { Iam } from '../iam.ts';
import type { User } from './users.ts';

/** The login sessions of browsers. They are oidc-provider's, so that one login serves every page. */
export interface Sessions {
  /** The user and the time of the login, in seconds since 1970; undefined without a login. */
  current(ctx: Context): Promise<{ user: User; loginTime: number } | undefined>;
  logIn(ctx: Context, user: User): Promise<void>;
  logOut(ctx: Context): Promise<void>;
  /** Makes one request count as the person's, without a cookie. */
  logInForRequest(ctx: Context, user: User): Promise<void>;
}

export function createSessions(iam: Pick<Iam, 'lifetimes' | 'users'>, provider: Provider): Sessions {
  const cookie = provider.cookieName('session');
  return {
    async current(ctx) {
      const session = await provider.Session.get(ctx);
      const user = session.accountId === undefined ? undefined : iam.users.byId(session.accountId);
      return user === undefined ? undefined : { user, loginTime: session.loginTs ?? 0 };
    },

    async logIn(ctx, user) {
      const session = await provider.Session.get(ctx);
      // Change the session id at the login, so that an attacker who knew the old id gets no access.
      session.resetIdentifier();
      session.loginAccount({ accountId: user.id });
      const id = await session.save(iam.lifetimes.session);
      ctx.cookies.set(cookie, id, { httpOnly: true, sameSite: 'lax', secure: ctx.secure, overwrite: true });
    },

    async logOut(ctx) {
      await (await provider.Session.get(ctx)).destroy();
      ctx.cookies.set(cookie, null);
    },

    async logInForRequest(ctx, user) {
      const session = new provider.Session();
      session.loginAccount({ accountId: user.id });
      ctx.req.headers.cookie = `${cookie}=${await session.save(iam.lifetimes.session)}`;
    },
  };
}

/**
 * Where a page sends a person to who has to log in first; `target` is where they want to go.
 * @throws PageError 400 for a target on another site
 */
export function loginUrl(target: string): string {
  return `/login?to=${encodeURIComponent(localTarget(target))}`;
}

/** A path on this server, out of what may have come from anywhere. */
export function localTarget(target: string): string {
  if (!/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(target))
    throw new PageError(400, 'This link leads to another site.');
  return target;
}
