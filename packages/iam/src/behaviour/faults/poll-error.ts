import type { Middleware } from 'koa';
import { OAuthError } from '../../errors.ts';
import { requestInProgress } from '../request-in-progress.ts';

/**
 * Answers the poll of a device with an error of RFC 8628 section 3.5, even if the user has approved the code.
 * @throws OAuthError 400 if a rule asks for it
 */
export const pollError: Middleware = async (ctx, next) => {
  const error = requestInProgress(ctx)?.faults.poll;
  if (error !== undefined) throw new OAuthError(400, error, 'A rule of jeton-iam asks for this answer');
  return next();
};
