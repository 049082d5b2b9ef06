import type { Context } from 'koa';
import { OAuthError } from '../errors.ts';

/**
 * The token in the `Authorization` header (RFC 6750 section 2.1).
 * @throws OAuthError 401 when there is none.
 */
export function bearerToken(ctx: Context): string {
  const token = presentedToken(ctx);
  if (token === undefined) throw notAuthenticated();
  return token;
}

/** The token in the `Authorization` header, if there is one. */
export function presentedToken(ctx: Context): string | undefined {
  return /^bearer +(\S+)$/i.exec(ctx.get('Authorization'))?.[1];
}

/** The error for a request of nobody in particular. */
export function notAuthenticated(): OAuthError {
  return new OAuthError(401, 'unauthorized', 'Full authentication is required to access this resource');
}
