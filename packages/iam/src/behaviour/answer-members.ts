import type { Middleware } from 'koa';
import { requestInProgress } from './request-in-progress.ts';

/** Adds `interval` to the answer that a device gets, or takes a member out of any answer in JSON. */
export const answerMembers: Middleware = async (ctx, next) => {
  await next();
  const { interval, omit } = requestInProgress(ctx)?.rule ?? {};
  const body: unknown = ctx.body;
  if (typeof body !== 'object' || body === null || ctx.status !== 200) return;
  if (interval !== undefined) ctx.body = { ...body, interval };
  if (omit !== undefined) {
    ctx.body = Object.fromEntries(Object.entries(ctx.body ?? {}).filter(([name]) => name !== omit));
  }
};
