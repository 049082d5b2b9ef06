import type { Client } from '../../clients/clients.ts';
import { type Html, html } from '../html/html.ts';
import { check, cross } from '../html/icon.ts';

/** The end of a device flow in the browser: the user goes back to the terminal. */
export function outcome(client: Client, isApproved: boolean): Html {
  const name = html`<strong>${client.client_name}</strong>`;
  return isApproved
    ? html`<section class="outcome"><span class="sign good">${check}</span>
<h1>The device has been approved.</h1>
<p>${name} gets its tokens within a few seconds. <strong>Go back to your terminal</strong>; you can close this page.</p>
<p class="muted">You can end its access at any time on <a href="/dashboard">your dashboard</a>.</p></section>`
    : html`<section class="outcome"><span class="sign bad">${cross}</span>
<h1>The device has not been approved.</h1>
<p>${name} got nothing. <strong>Go back to your terminal</strong>; you can close this page.</p>
<p class="muted">If the program there still waits, end it with <kbd>Ctrl</kbd> <kbd>C</kbd>.</p></section>`;
}
