import type { Middleware } from 'koa';
import { REFRESH_TOKEN } from '../../grants/names.ts';
import { readForm } from '../../http/body.ts';
import type { Iam } from '../../iam.ts';

/** The setting `refresh_scope`: lists all scopes of the login in the answer to a refresh, even if the token has fewer. */
export function refreshScope(iam: Pick<Iam, 'behaviour' | 'refreshTokens'>): Middleware {
  return async (ctx, next) => {
    const isAsked = iam.behaviour.settings.refresh_scope === 'login' && ctx.path === '/token';
    if (!isAsked || ctx.method !== 'POST') return next();
    const form = await readForm(ctx);
    const login = iam.refreshTokens.get(form.get('refresh_token') ?? '');
    await next();
    const body: unknown = ctx.body;
    if (login === undefined || form.get('grant_type') !== REFRESH_TOKEN || ctx.status >= 300) return;
    if (typeof body === 'object' && body !== null) ctx.body = { ...body, scope: login.scopes.join(' ') };
  };
}
