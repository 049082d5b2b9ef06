import { STATUS_CODES } from 'node:http';
import type { Middleware } from 'koa';
import { requestInProgress } from '../request-in-progress.ts';

/** Answers with a status and a page, as a web server does when the IAM behind it is down, or with an error in JSON. */
export const gatewayError: Middleware = async (ctx, next) => {
  const { status, refuse } = requestInProgress(ctx)?.faults ?? {};
  if (status === undefined && refuse === undefined) return next();
  if (status === undefined) {
    const { status: refusal = 400, ...members } = refuse ?? {};
    ctx.status = refusal;
    ctx.body = members;
    return;
  }
  const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`;
  ctx.status = status;
  ctx.type = 'html';
  ctx.body = `<html>
<head><title>${title}</title></head>
<body>
<center><h1>${title}</h1></center>
<hr><center>nginx</center>
</body>
</html>
`;
};
