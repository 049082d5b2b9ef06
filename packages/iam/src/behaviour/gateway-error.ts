import { STATUS_CODES } from 'node:http';
import type { Middleware } from 'koa';
import { requestInProgress } from './request-in-progress.ts';

/** Answers with a status and a page, as the web server in front of an IAM that is down. */
export const gatewayError: Middleware = async (ctx, next) => {
  const status = requestInProgress(ctx)?.rule?.status;
  if (status === undefined) return next();
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
