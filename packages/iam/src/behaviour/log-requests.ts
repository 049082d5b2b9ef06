import type { Middleware } from 'koa';
import type { Clock } from '../state/expiring-map.ts';
import { requestInProgress } from './request-in-progress.ts';
import type { RequestLog } from './request-log.ts';

/** Adds each request to `requests`, and writes a line with method, path and status to `log`. */
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
