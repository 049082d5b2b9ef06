import type { Context, Middleware } from 'koa';
import { scopesOf } from '../../clients/clients.ts';
import { REGISTRATION_PATH } from '../../endpoints/registration/client-view.ts';
import { OAuthError } from '../../errors.ts';
import { readJson } from '../../http/body.ts';
import type { Iam } from '../../iam.ts';
import { parseScope } from '../../tokens/scopes.ts';

/**
 * Has the scope `openid` belong to the protocol, and not to the registration of a client: the setting `openid`. Every client
 * that registers may ask for it, no answer lists it, and where it is `refused`, a registration that names it is, too.
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
  // What is no JSON, the registration itself refuses.
  const body = await readJson(ctx).catch(() => undefined);
  if (typeof body !== 'object' || body === null || !('scope' in body)) return false;
  return typeof body.scope === 'string' && parseScope(body.scope).includes('openid');
}
