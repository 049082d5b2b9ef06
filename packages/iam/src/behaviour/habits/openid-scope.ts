import type { Context, Middleware } from 'koa';
import { scopesOf } from '../../clients/clients.ts';
import { REGISTRATION_PATH } from '../../endpoints/registration/client-view.ts';
import { OAuthError } from '../../errors.ts';
import { readJson } from '../../http/body.ts';
import type { Iam } from '../../iam.ts';
import { parseScope } from '../../tokens/scopes.ts';

/**
 * The setting `openid`: `openid` is not a scope of clients. Every client that registers may request it, and answers to registrations do
 * not list it. With `refused`, jeton-iam also refuses registrations that name it.
 */
export function openidScope(iam: Pick<Iam, 'behaviour' | 'clients'>): Middleware {
  return async (ctx, next) => {
    const { openid } = iam.behaviour.settings;
    if (openid === 'registered' || !ctx.path.startsWith(`/${REGISTRATION_PATH}`)) return next();
    if (openid === 'refused' && (await namesOpenid(ctx))) {
      const text = "Policy 'Allowed Client Scopes' rejected request: openid is not a scope of clients";
      throw new OAuthError(403, 'insufficient_scope', text);
    }
    await next();
    const body: unknown = ctx.body;
    if (ctx.status >= 300 || typeof body !== 'object' || body === null) return;
    if (!('scope' in body) || typeof body.scope !== 'string') return;
    const listed = parseScope(body.scope).filter((scope) => scope !== 'openid');
    ctx.body = { ...body, scope: listed.join(' ') };
    const client = iam.clients.get('client_id' in body ? String(body.client_id) : '');
    if (client === undefined || scopesOf(client).includes('openid')) return;
    iam.clients.set(client.client_id, { ...client, scope: `openid ${client.scope}` });
  };
}

async function namesOpenid(ctx: Context): Promise<boolean> {
  if (ctx.method !== 'POST' && ctx.method !== 'PUT') return false;
  // The registration endpoint refuses a body that is not JSON.
  const body = await readJson(ctx).catch(() => undefined);
  if (typeof body !== 'object' || body === null || !('scope' in body)) return false;
  return typeof body.scope === 'string' && parseScope(body.scope).includes('openid');
}
