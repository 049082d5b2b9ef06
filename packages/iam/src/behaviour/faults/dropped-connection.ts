import type { Context, Middleware } from 'koa';
import { requestInProgress } from '../request-in-progress.ts';

/** Closes the connection instead of answering. After processing, this loses for instance a new refresh token. */
export const droppedConnection: Middleware = async (ctx, next) => {
  const drop = requestInProgress(ctx)?.faults.drop;
  if (drop !== 'before') await next();
  if (drop !== undefined) close(ctx);
};

function close(ctx: Context): void {
  ctx.respond = false;
  ctx.res.socket?.destroy();
}
