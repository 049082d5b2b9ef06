import type { Context } from 'koa';
import { AuthenticationError } from '../errors.ts';

/** The token in the `Authorization` header (RFC 6750 section 2.1), if there is one. */
export function presentedToken(ctx: Context): string | undefined {
  return /^bearer +(\S+)$/i.exec(ctx.get('Authorization'))?.[1];
}

/** The error for a request without valid credentials of a client or user. */
export function notAuthenticated(): AuthenticationError {
  return new AuthenticationError('unauthorized', 'Full authentication is required to access this resource');
}

/** The error for an access token that is unknown, revoked or expired. As in IAM, it repeats the token. */
export function invalidToken(token: string): AuthenticationError {
  return new AuthenticationError('invalid_token', `Invalid access token: ${token}`);
}
