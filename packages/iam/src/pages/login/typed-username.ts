import type { Context } from 'koa';

/** A cookie and not a parameter of the URL, which would stay in the history of the browser and in the logs of proxies. */
const COOKIE = 'iam_username';

const LIFETIME_MS = 60_000;

/** Remembers the username of a failed login, for the login page to which the browser is redirected. */
export function rememberUsername(ctx: Context, username: string): void {
  ctx.cookies.set(COOKIE, Buffer.from(username.slice(0, 200)).toString('base64url'), {
    httpOnly: true,
    sameSite: 'strict',
    secure: ctx.secure,
    path: '/login',
    maxAge: LIFETIME_MS,
  });
}

/** The username of the login that has just failed, or an empty text. */
export function typedUsername(ctx: Context): string {
  return Buffer.from(ctx.cookies.get(COOKIE) ?? '', 'base64url').toString();
}
