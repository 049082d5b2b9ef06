import type { Context, Middleware } from 'koa';
import {
  ApiError,
  AuthenticationError,
  challengeParameters,
  EmptyError,
  OAuthError,
  PageError,
} from '../errors.ts';
import { errorPage, wantsPage } from '../pages/error.ts';

/**
 * Turns thrown errors into answers, and adds the challenge to each answer with 401. Unexpected errors go to `report`; the client gets
 * a `server_error` without details. A browser gets a page instead of JSON or of an empty answer.
 */
export function errorResponses(report: (error: unknown) => void): Middleware {
  return async (ctx, next) => {
    let refusal: unknown;
    try {
      await next();
    } catch (error) {
      refusal = error;
      respond(ctx, error, report);
    }
    if (refusal instanceof AuthenticationError) ctx.set('WWW-Authenticate', refusal.challenge);
    else if (ctx.status === 401) challenge(ctx);
  };
}

function respond(ctx: Context, error: unknown, report: (error: unknown) => void): void {
  if (error instanceof PageError) {
    errorPage(ctx, error.status, error.message, error.details);
  } else if (wantsPage(ctx)) {
    respondWithPage(ctx, error, report);
  } else if (error instanceof ApiError) {
    ctx.status = error.status;
    ctx.body = { error: error.message };
  } else if (error instanceof EmptyError) {
    ctx.body = null;
    ctx.status = error.status;
  } else if (error instanceof OAuthError) {
    ctx.status = error.status;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { error: error.error, error_description: error.error_description };
  } else {
    report(error);
    ctx.status = 500;
    ctx.body = { error: 'server_error', error_description: 'Internal Server Error' };
  }
}

function respondWithPage(ctx: Context, error: unknown, report: (error: unknown) => void): void {
  if (error instanceof OAuthError) {
    errorPage(ctx, error.status, `${error.error}: ${error.error_description}`);
  } else if (error instanceof ApiError) {
    errorPage(ctx, error.status, error.message);
  } else if (error instanceof EmptyError) {
    errorPage(ctx, error.status, undefined);
  } else {
    report(error);
    errorPage(ctx, 500, undefined);
  }
}

/** The challenge of a grant, which in IAM has no realm. */
function challenge(ctx: Context): void {
  const body: unknown = ctx.body;
  if (typeof body !== 'object' || body === null || !('error' in body)) return;
  const description = 'error_description' in body ? body.error_description : '';
  ctx.set('WWW-Authenticate', `Bearer ${challengeParameters(String(body.error), String(description))}`);
}
