import type { Context } from 'koa';
import { html } from './html.ts';
import { sendPage } from './layout.ts';

/** A page with an error message. */
export function errorPage(ctx: Context, status: number, text: string): void {
  sendPage(ctx, {
    title: 'Error',
    status,
    content: html`<section><h1>This did not work</h1><p class="error" role="alert">${text}</p><p><a href="/">Back to the start</a></p></section>`,
  });
}
