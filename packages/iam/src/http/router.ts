import type { Context, Middleware } from 'koa';
import { OAuthError } from '../errors.ts';

export type Handler = (ctx: Context, ...parameters: string[]) => void | Promise<void>;

/** The handlers of each path by method. `*` in a path matches one segment, which the handler gets as a parameter. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

/** Calls the handler of a route; a path without a route goes on to the next middleware. */
export function router(routes: Routes): Middleware {
  const patterns = Object.entries(routes).map(([path, methods]) => ({ segments: path.split('/'), methods }));
  return async (ctx, next) => {
    const segments = ctx.path.split('/');
    const route = patterns.find((pattern) => matches(pattern.segments, segments));
    if (route === undefined) return next();
    const handler = route.methods[ctx.method === 'HEAD' ? 'GET' : ctx.method];
    if (handler === undefined) return refuseMethod(ctx, Object.keys(route.methods));
    const parameters = segments.filter((_, index) => route.segments[index] === '*').map(decode);
    await handler(ctx, ...parameters);
  };
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => (part === '*' ? segments[index] !== '' : part === segments[index]))
  );
}

/**
 * Answers a method that a path does not support: `OPTIONS` with the supported methods, others with an error.
 * @throws OAuthError 405
 */
export function refuseMethod(ctx: Context, allowed: readonly string[]): void {
  ctx.set('Allow', allowed.join(', '));
  if (ctx.method !== 'OPTIONS') {
    throw new OAuthError(405, 'method_not_allowed', `Request method '${ctx.method}' not supported`);
  }
  ctx.status = 200;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
