import type { Client } from '../../clients/clients.ts';
import type { Iam } from '../../iam.ts';
import { type Html, html } from '../html/html.ts';

/** One client, collapsed to its name until the user opens it; `actions` are the buttons for it. */
export function clientDetails(iam: Pick<Iam, 'users'>, client: Client, actions: Html, open: boolean): Html {
  const owners = client.owners.map((id) => iam.users.byId(id)?.username ?? id).join(', ');
  return html`<details class="entry" id="client-${client.client_id}"${open ? html` open` : undefined}>
<summary><strong>${client.client_name}</strong> ${client.active ? undefined : html`<span class="badge bad">suspended</span>`} <span class="mono muted">${client.client_id}</span></summary>
<dl>
<dt>Owner</dt><dd>${owners === '' ? 'none' : owners}</dd>
<dt>Grants</dt><dd class="inline-list">${client.grant_types.map((grant) => html`<code>${grant}</code> `)}</dd>
<dt>Scopes</dt><dd class="inline-list">${client.scope.split(' ').map((scope) => html`<code>${scope}</code> `)}</dd>
<dt>Authentication</dt><dd class="mono">${client.token_endpoint_auth_method}</dd>
${client.redirect_uris.length === 0 ? undefined : html`<dt>Redirect URIs</dt>${client.redirect_uris.map((uri) => html`<dd class="mono">${uri}</dd>`)}`}
</dl>
${actions}
</details>`;
}
