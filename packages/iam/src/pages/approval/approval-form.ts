import type { Client } from '../../clients/clients.ts';
import type { Iam } from '../../iam.ts';
import { type Html, html } from '../html/html.ts';

/** The form that asks the user to approve the request of a client. `fields` are the hidden fields of the form. */
export function approvalForm(
  iam: Pick<Iam, 'scopes'>,
  options: {
    readonly client: Client;
    readonly scopes: readonly string[];
    readonly audience: readonly string[];
    readonly action: string;
    readonly fields: Html;
    readonly hint?: Html | undefined;
  },
): Html {
  const { client, scopes, audience, action, fields, hint } = options;
  return html`<section>
<h1>Approval Required for ${client.client_name}</h1>
${hint}
<h2>Access to:</h2>
<ul class="scopes">${scopes.map((scope) => html`<li>${iam.scopes.describe(scope)}<code>${scope}</code></li>`)}</ul>
${audience.length === 0 ? undefined : html`<h2>For use at:</h2><p>${audience.map((name) => html`<code>${name}</code> `)}</p>`}
<form method="post" action="${action}">
${fields}
<fieldset>
<legend>Remember this decision</legend>
<label><input type="radio" name="remember" value="until-revoked">until I revoke it</label>
<label><input type="radio" name="remember" value="one-hour">for one hour</label>
<label><input type="radio" name="remember" value="none" checked>prompt me again next time</label>
</fieldset>
<p><strong>Do you authorize &ldquo;${client.client_name}&rdquo;?</strong></p>
<div class="choice">
<button class="quiet" name="user_oauth_approval" value="false">Deny</button>
<button name="user_oauth_approval" value="true">Authorize</button>
</div>
</form>
</section>`;
}
