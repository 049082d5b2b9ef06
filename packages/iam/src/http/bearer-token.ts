import type { Context } from 'koa';
import { OAuthError } from '../errors.ts';

/**
 * The token in the `Authorization` header (RFC 6750 section 2.1).
 * @throws OAuthError 401 when there is none.
 */
export function bearerToken(ctx: Context): string {
  const token = /^bearer +(\S+)$/i.exec(ctx.get('Authorization'))?.[1];
  if (token === undefined) {
    throw new OAuthError(401, 'unauthorized', 'Full authentication is required to access this resource');
  }
  return token;
}
