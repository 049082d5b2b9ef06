import { STATUS_CODES } from 'node:http';
import type { Context } from 'koa';
import type { PageErrorDetails } from '../errors.ts';
import { html } from './html/html.ts';
import { cross } from './html/icon.ts';
import { sendPage } from './html/layout.ts';

/** What happened, by status, where it is not simply that something did not work. */
const TITLES = new Map([
  [403, 'You may not do this'],
  [404, 'There is no such page'],
  [405, 'This address is for programs'],
  [500, 'jeton-iam has failed'],
]);

/** What a user can do, by status, where the error itself does not say it. */
const ADVICE = new Map([
  [404, 'Check the address. The start page lists all endpoints, and the menu leads to all pages.'],
  [405, 'Programs send another kind of request to it. The start page says what it is for.'],
  [500, 'This is a defect of jeton-iam. It has printed more, if it runs with --verbose.'],
]);

/** Whether a request comes from a user with a browser, which prefers HTML. Programs get errors as IAM answers them. */
export function wantsPage(ctx: Context): boolean {
  ctx.vary('Accept');
  return ctx.accepts('json', 'html') === 'html';
}

/** A page about an error: what happened, with which client, and what to do. */
export function errorPage(
  ctx: Context,
  status: number,
  text: string | undefined,
  { client, advice = ADVICE.get(status), action }: PageErrorDetails = {},
): void {
  const title = TITLES.get(status) ?? 'This did not work';
  sendPage(ctx, {
    title,
    status,
    content: html`<section class="outcome"><span class="sign bad">${cross}</span>
<h1>${title}</h1>
<p class="error" role="alert">${text ?? STATUS_CODES[status]}</p>
${client === undefined ? undefined : html`<p>The client is <strong>${client.client_name}</strong> <code>${client.client_id}</code></p>`}
${advice === undefined ? undefined : html`<p>${advice}</p>`}
<div class="stack">${action === undefined ? undefined : html`<a class="button" href="${action.path}">${action.text}</a>`}
<a class="button quiet" href="/">Back to the start</a></div></section>`,
  });
}
