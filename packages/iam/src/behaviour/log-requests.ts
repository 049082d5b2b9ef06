import type { Middleware } from 'koa';
import type { Clock } from '../state/expiring-map.ts';
import { requestInProgress } from './request-in-progress.ts';
import type { RequestLog } from './request-log.ts';

/** Writes every request into the log, and a line about it: method, path and status. */
export function logRequests(requests: RequestLog, now: Clock, log: (line: string) => void): Middleware {
  return async (ctx, next) => {
    const { method, path } = ctx;
    const time = now();
    await next();
    const status = ctx.respond === false ? null : ctx.status;
    const recognised = requestInProgress(ctx);
    if (recognised === undefined) return;
    log(`${method} ${path} ${status ?? 'dropped'}`);
    const { client, grant } = recognised;
    requests.add({
      time,
      method,
      path,
      ...(client === undefined ? {} : { client }),
      ...(grant === undefined ? {} : { grant }),
      status,
    });
  };
}
