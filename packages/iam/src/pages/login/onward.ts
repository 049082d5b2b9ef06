import type { Context } from 'koa';
import { html } from '../html/html.ts';
import { sendPage } from '../html/layout.ts';

/**
 * Sends the browser on to a path of jeton-iam by a page instead of a redirect. Chromium applies the `form-action` of a page to all
 * redirects after its form. If the form is on another server, the policy of that server cannot name the client to which jeton-iam
 * redirects.
 */
export function sendOnward(ctx: Context, target: string): void {
  sendPage(ctx, {
    title: 'One moment',
    task: true,
    refresh: target,
    content: html`<section><p>You are signed in. <a href="${target}">Go on</a></p></section>`,
  });
}
