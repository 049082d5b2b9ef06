import type { Middleware } from 'koa';
import { requestInProgress } from '../request-in-progress.ts';

const PAGE = `<html>
<head><title>Please stand by</title></head>
<body><center><h1>Please stand by</h1></center></body>
</html>
`;

/** Replaces the body of an answer, and keeps its status. */
export const malformedBody: Middleware = async (ctx, next) => {
  await next();
  const kind = requestInProgress(ctx)?.faults.body;
  if (kind === undefined) return;
  const { status, body } = ctx;
  const json = typeof body === 'string' ? body : JSON.stringify(body ?? null);
  if (kind === 'html') ctx.type = 'html';
  if (kind === 'half') ctx.type = 'json';
  ctx.body = { html: PAGE, half: json.slice(0, json.length / 2), empty: '' }[kind];
  ctx.status = status;
};
