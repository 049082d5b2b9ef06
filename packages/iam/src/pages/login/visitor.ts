import type { Context } from 'koa';
import { PageError } from '../../errors.ts';
import { loginUrl, type Sessions } from '../../users/sessions.ts';
import type { User } from '../../users/users.ts';

/** The user who is logged in. Without a login, redirects to the login page, which leads on to `target`. */
export async function visitor(ctx: Context, sessions: Sessions, target: string): Promise<User | undefined> {
  const login = await sessions.current(ctx);
  if (login === undefined) {
    ctx.redirect(loginUrl(target));
    ctx.status = 303;
  }
  return login?.user;
}

/**
 * The administrator who is logged in. Without a login, redirects to the login page.
 * @throws PageError 403 for other users
 */
export async function visitingAdministrator(
  ctx: Context,
  sessions: Sessions,
  target: string,
): Promise<User | undefined> {
  const user = await visitor(ctx, sessions, target);
  if (user !== undefined && user.admin !== true) {
    throw new PageError(403, `This page is for administrators; ${user.username} is not one.`, {
      action: { path: loginUrl(target), text: 'Sign in as an administrator' },
    });
  }
  return user;
}
