import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';
import { PageError } from '../errors.ts';
import type { Iam } from '../iam.ts';
import type { User } from './users.ts';

/** The login sessions of browsers. oidc-provider keeps them, so that one login works for its pages and for ours. */
export interface Sessions {
  /** The user and the time of the login, in seconds since 1970; undefined without a login. */
  current(ctx: Context): Promise<{ user: User; loginTime: number } | undefined>;
  logIn(ctx: Context, user: User): Promise<void>;
  logOut(ctx: Context): Promise<void>;
  /** Treats one request as if the user were logged in, without a cookie in the browser. */
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
 * The URL of the login page, for a user who has to log in first; after the login the browser goes on to `target`.
 * @throws PageError 400 for a target on another site
 */
export function loginUrl(target: string): string {
  return `/login?to=${encodeURIComponent(localTarget(target))}`;
}

/**
 * Checks a path that may come from a foreign link.
 * @returns the path on this server
 * @throws PageError 400 for a target on another site
 */
export function localTarget(target: string): string {
  if (!/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(target))
    throw new PageError(400, 'This link leads to another site.');
  return target;
}
