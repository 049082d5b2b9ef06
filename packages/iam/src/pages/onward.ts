import type { Context } from 'koa';
import { html } from './html.ts';
import { sendPage } from './layout.ts';

/**
 * Sends a browser on to a path of ours by a page instead of a redirect. Chromium applies the `form-action` of a page to all
 * redirects that follow its form. If that page is on another server, its policy cannot name the client to which ours lead.
 */
export function sendOnward(ctx: Context, target: string): void {
  sendPage(ctx, {
    title: 'One moment',
    refresh: target,
    content: html`<section><p>You are signed in. <a href="${target}">Go on</a></p></section>`,
  });
}
