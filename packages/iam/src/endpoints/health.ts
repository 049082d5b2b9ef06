import type { Middleware } from 'koa';

const HEALTH_PATH = '/actuator/health';

/**
 * Whether jeton-iam serves, where IAM says it and in the words of Spring Boot. It comes before everything else: no rule changes it, and
 * the log of requests does not list it, however often a container asks.
 */
export const healthEndpoint: Middleware = async (ctx, next) => {
  if (ctx.path !== HEALTH_PATH || !['GET', 'HEAD'].includes(ctx.method)) return next();
  ctx.body = { status: 'UP' };
  ctx.type = 'application/vnd.spring-boot.actuator.v3+json';
};
