import type { Middleware } from 'koa';

/** Lets scripts of every origin call the API, as IAM does. */
export const cors: Middleware = async (ctx, next) => {
  if (ctx.get('Origin') === '') return next();
  ctx.set('Access-Control-Allow-Origin', '*');
  ctx.set('Access-Control-Expose-Headers', 'WWW-Authenticate');
  if (ctx.method !== 'OPTIONS' || ctx.get('Access-Control-Request-Method') === '') return next();
  ctx.set('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE');
  ctx.set(
    'Access-Control-Allow-Headers',
    ctx.get('Access-Control-Request-Headers') || 'Authorization, Content-Type',
  );
  ctx.set('Access-Control-Max-Age', '3600');
  ctx.status = 204;
};
