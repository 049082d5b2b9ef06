import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import { PageError } from '../../errors.ts';
import { readForm } from '../../http/body.ts';
import { isFromOurPages } from '../../http/own-pages.ts';
import type { Iam } from '../../iam.ts';
import { sameText } from '../../same-text.ts';
import { type Html, html } from './html.ts';

const COOKIE = 'iam_csrf';

/** The hidden field that shows that a form comes from one of our pages: it repeats a cookie that no other site can read. */
export function csrfField(ctx: Context): Html {
  const token = ctx.cookies.get(COOKIE) ?? newToken(ctx);
  return html`<input type="hidden" name="_csrf" value="${token}">`;
}

/** A token for a browser that has none yet; all forms of a page get the same one. */
function newToken(ctx: Context): string {
  const made: unknown = ctx.state[COOKIE];
  if (typeof made === 'string') return made;
  const token = randomBytes(16).toString('base64url');
  ctx.state[COOKIE] = token;
  ctx.cookies.set(COOKIE, token, { httpOnly: true, sameSite: 'strict', secure: ctx.secure });
  return token;
}

/**
 * The fields of a submitted form.
 * @throws PageError 403 if the form does not come from one of our pages
 */
export async function readPageForm(iam: Pick<Iam, 'issuer'>, ctx: Context): Promise<URLSearchParams> {
  // The cookie alone is not enough: a server at another port of this host name can set it, and then knows it.
  if (!isFromOurPages(iam, ctx)) throw new PageError(403, 'This form comes from another site.');
  const form = await readForm(ctx);
  const token = ctx.cookies.get(COOKIE);
  if (token === undefined || !sameText(token, form.get('_csrf') ?? '')) {
    throw new PageError(403, 'This form is out of date. Go back, reload the page and try again.');
  }
  return form;
}
