import type { Context } from 'koa';
import type { Client } from '../../clients/clients.ts';
import { PageError } from '../../errors.ts';
import { CLIENT_CREDENTIALS, PASSWORD, TOKEN_EXCHANGE } from '../../grants/names.ts';
import type { Iam } from '../../iam.ts';
import { clientDetails } from '../dashboard/client-details.ts';
import { csrfField } from '../html/forms.ts';
import { type Html, html } from '../html/html.ts';
import { searchForm } from './search-form.ts';

/** How many clients the page shows. */
const SHOWN = 20;

/** The grants that a client cannot register, but an administrator can enable. */
const GRANT_SWITCHES = [
  { grant: PASSWORD, label: 'Password grant' },
  { grant: CLIENT_CREDENTIALS, label: 'Client credentials' },
  { grant: TOKEN_EXCHANGE, label: 'Token exchange' },
];

/** The client with one switch turned on or off. @throws PageError 400 for an unknown switch */
export function switched(client: Client, name: string, on: boolean): Client {
  if (name === 'active') return { ...client, active: on };
  if (!GRANT_SWITCHES.some(({ grant }) => grant === name)) {
    throw new PageError(400, 'Clients have no such switch.');
  }
  const others = client.grant_types.filter((grant) => grant !== name);
  return { ...client, grant_types: on ? [...others, name] : others };
}

/** The clients whose name or id contains the query `q`, the newest first, each with its switches; that of the query `open` unfolded. */
export function clientList(iam: Pick<Iam, 'clients' | 'users'>, ctx: Context): Html {
  const query = new URLSearchParams(ctx.querystring);
  const [search, open] = [query.get('q')?.trim() ?? '', query.get('open') ?? ''];
  const wanted = search.toLowerCase();
  const found = [...iam.clients.values()]
    .reverse()
    .filter(({ client_id, client_name }) => `${client_id} ${client_name}`.toLowerCase().includes(wanted));
  // Always show the client that the administrator has just changed, even if many are newer.
  const shown = found.filter(({ client_id }, index) => index < SHOWN || client_id === open);
  const hidden = found.length - shown.length;
  return html`<section>
${searchForm('/admin', { label: 'Name or id', value: search, button: 'Search' })}
${shown.map((client) => clientDetails(iam, client, actions(ctx, client), client.client_id === open))}
${shown.length === 0 ? html`<p class="muted">None.</p>` : undefined}
${hidden > 0 ? html`<p class="muted">And ${hidden} more: search for them.</p>` : undefined}
</section>`;
}

function actions(ctx: Context, client: Client): Html {
  const path = `/admin/clients/${encodeURIComponent(client.client_id)}`;
  const form = (name: string, label: string, on: boolean) =>
    html`<form method="post" action="${path}">${csrfField(ctx)}<input type="hidden" name="switch" value="${name}">
<button class="switch" role="switch" aria-checked="${String(on)}" name="on" value="${String(!on)}">${label}</button></form>`;
  return html`<p><a href="${path}">Configuration to copy, with the secret<span class="hidden"> of ${client.client_name}</span></a></p>
<div class="switches">
${GRANT_SWITCHES.map(({ grant, label }) => form(grant, label, client.grant_types.includes(grant)))}
${form('active', 'Client active', client.active)}
</div>`;
}
