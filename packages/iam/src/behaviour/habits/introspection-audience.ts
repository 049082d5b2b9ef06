import type { Middleware } from 'koa';
import type { Iam } from '../../iam.ts';
import { requestInProgress } from '../request-in-progress.ts';

/** The setting `introspection`: introspects an access token only for clients in its audience. */
export function introspectionAudience(iam: Pick<Iam, 'behaviour'>): Middleware {
  return async (ctx, next) => {
    await next();
    if (iam.behaviour.settings.introspection !== 'audience' || ctx.path !== '/introspect') return;
    const body: unknown = ctx.body;
    if (ctx.status >= 300 || typeof body !== 'object' || body === null) return;
    const audience = 'aud' in body ? String(body.aud).split(' ') : [];
    if (!audience.includes(requestInProgress(ctx)?.client ?? '')) ctx.body = { active: false };
  };
}
