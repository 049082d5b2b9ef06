import { setTimeout as pause } from 'node:timers/promises';
import type { Middleware } from 'koa';
import { requestInProgress } from '../request-in-progress.ts';

/** Delays processing, the answer, or both. */
export const latency: Middleware = async (ctx, next) => {
  const { delay_before, delay_after } = requestInProgress(ctx)?.faults ?? {};
  // The timers must not keep the process alive.
  if (delay_before !== undefined) await pause(delay_before, undefined, { ref: false });
  await next();
  if (delay_after !== undefined) await pause(delay_after, undefined, { ref: false });
};
