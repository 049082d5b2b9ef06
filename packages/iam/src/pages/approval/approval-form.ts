import type { Client } from '../../clients/clients.ts';
import { REFRESH_TOKEN } from '../../grants/names.ts';
import type { Iam } from '../../iam.ts';
import type { User } from '../../users/users.ts';
import { inWords } from '../html/duration.ts';
import { type Html, html } from '../html/html.ts';
import { scopeGroups } from './scope-groups.ts';

/** A request that a user is to approve. */
export interface Request {
  readonly client: Client;
  readonly user: User;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
}

/**
 * The form that asks the user to approve the request of a client: who asks, for what, for how long. `fields` are the hidden fields of the
 * form. Its buttons stay in sight, however long the page is.
 */
export function approvalForm(
  iam: Pick<Iam, 'lifetimes' | 'scopes'>,
  request: Request,
  form: { readonly action: string; readonly fields: Html; readonly hint?: Html | undefined },
): Html {
  const { client, user, scopes, audience } = request;
  const name = client.client_name;
  // All of it is in the form, because the buttons stick to the end of the window only within their parent element.
  return html`<section><form method="post" action="${form.action}">
${form.fields}
<div class="asker"><span class="initial" aria-hidden="true">${[...name][0]?.toUpperCase()}</span><div>
<h1>Approval Required for ${name}</h1>
<p class="muted">It asks to act for ${user.givenName} ${user.familyName} (${user.username}).</p>
</div></div>
${form.hint}
${aboutClient(client)}
<h2>Access to:</h2>
${scopeGroups(iam, scopes)}
${audience.length === 0 ? undefined : html`<h2>For use at:</h2><p class="inline-list">${audience.map((target) => html`<code>${target}</code> `)}</p>`}
<h2>For how long:</h2>
<p>${howLong(iam, request)}</p>
<fieldset>
<legend>Remember this decision</legend>
<div class="remember">
<label><input type="radio" name="remember" value="until-revoked">until I revoke it</label>
<label><input type="radio" name="remember" value="one-hour">for one hour</label>
<label><input type="radio" name="remember" value="none" checked>prompt me again next time</label>
</div>
</fieldset>
<div class="decision">
<p>Do you authorize &ldquo;${name}&rdquo;?</p>
<div class="choice">
<button class="quiet" name="user_oauth_approval" value="false">Deny</button>
<button name="user_oauth_approval" value="true">Authorize</button>
</div>
</div>
</form></section>`;
}

function aboutClient(client: Client): Html {
  const { client_id, client_description, client_uri, contacts, redirect_uris } = client;
  const texts = [
    { name: 'Client id', values: [client_id] },
    { name: 'Description', values: client_description === undefined ? [] : [client_description] },
    { name: 'Home page', values: client_uri === undefined ? [] : [client_uri] },
    { name: 'Contacts', values: contacts ?? [] },
    { name: 'Leads back to', values: redirect_uris },
  ].filter(({ values }) => values.length > 0);
  const origin = client.dynamically_registered
    ? `It registered itself on ${new Date(client.created_at).toISOString().slice(0, 10)}; its name is its own choice.`
    : 'It belongs to this server.';
  return html`<details class="fold"><summary>About this client</summary><dl>
${texts.map(({ name, values }) => html`<dt>${name}</dt>${values.map((value) => html`<dd class="mono">${value}</dd>`)}`)}
<dt>Origin</dt><dd>${origin}</dd>
</dl></details>`;
}

/** How long the client has access. Only with `offline_access` does it get a refresh token. */
function howLong({ lifetimes }: Pick<Iam, 'lifetimes'>, { client, scopes }: Request): string {
  const access = inWords(client.access_token_validity_seconds ?? lifetimes.accessToken);
  if (!scopes.includes('offline_access') || !client.grant_types.includes(REFRESH_TOKEN)) {
    return `${access}. After that it has to ask you again.`;
  }
  const refresh = client.refresh_token_validity_seconds ?? lifetimes.refreshToken;
  const end = refresh === 0 ? 'Until' : `${inWords(refresh)}, or until`;
  return `${end} you revoke it on your dashboard. It can renew its tokens, which last ${access} each, while you are away.`;
}
