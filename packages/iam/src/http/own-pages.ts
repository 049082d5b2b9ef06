import type { Context } from 'koa';
import type { Iam } from '../iam.ts';

/**
 * Whether a request comes from one of our pages or from a program, not from a page of another site. Here a server at another port is
 * another site, although browsers send it the same cookies.
 */
export function isFromOurPages(iam: Pick<Iam, 'issuer'>, ctx: Context): boolean {
  const origin = ctx.get('Origin');
  return origin === '' || origin === `${ctx.protocol}://${ctx.host}` || origin === new URL(iam.issuer).origin;
}
