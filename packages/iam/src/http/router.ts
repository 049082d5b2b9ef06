import type { Context, Middleware } from 'koa';
import { OAuthError } from '../errors.ts';

export type Handler = (ctx: Context, parameter: string) => void | Promise<void>;

/** Paths, each with what its methods do. `*` at the end of a path stands for one more segment, the parameter. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

/** Calls the handler of a route; what has no route goes on to the next middleware. */
export function router(routes: Routes): Middleware {
  return async (ctx, next) => {
    const slash = ctx.path.lastIndexOf('/') + 1;
    const methods =
      routes[ctx.path] ?? (slash < ctx.path.length ? routes[`${ctx.path.slice(0, slash)}*`] : undefined);
    if (methods === undefined) return next();
    const handler = methods[ctx.method === 'HEAD' ? 'GET' : ctx.method];
    if (handler === undefined) return refuseMethod(ctx, Object.keys(methods));
    await handler(ctx, decode(ctx.path.slice(slash)));
  };
}

/**
 * Answers a method that a path does not have: `OPTIONS` with what it has, any other with an error.
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
