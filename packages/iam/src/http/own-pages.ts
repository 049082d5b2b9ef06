import type { Context } from 'koa';
import type { Iam } from '../iam.ts';

/**
 * Whether a request cannot come from a page of another site. A server at another port is another site here, although a
 * browser sends it the same cookies.
 */
export function isFromOurPages(iam: Pick<Iam, 'issuer'>, ctx: Context): boolean {
  const origin = ctx.get('Origin');
  return origin === '' || origin === `${ctx.protocol}://${ctx.host}` || origin === new URL(iam.issuer).origin;
}
