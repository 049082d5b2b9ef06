import type { Context } from 'koa';
import { readForm, replaceForm } from '../http/body.ts';

/** Changes the parameters of a request to the token, device or authorization endpoint before the endpoint reads them. */
export async function changeParameters(
  ctx: Context,
  change: (parameters: URLSearchParams) => void,
): Promise<void> {
  if (ctx.method === 'GET' && ctx.path === '/authorize') {
    const query = new URLSearchParams(ctx.querystring);
    change(query);
    ctx.querystring = query.toString();
  } else if (ctx.method === 'POST' && ['/token', '/devicecode'].includes(ctx.path)) {
    const form = await readForm(ctx);
    change(form);
    replaceForm(ctx, form);
  }
}
