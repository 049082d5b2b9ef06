import type { Context } from 'koa';
import type { Client } from '../../clients/clients.ts';
import { PageError } from '../../errors.ts';
import { CLIENT_CREDENTIALS, PASSWORD, TOKEN_EXCHANGE } from '../../grants/names.ts';
import type { Routes } from '../../http/router.ts';
import type { Iam } from '../../iam.ts';
import type { Sessions } from '../../users/sessions.ts';
import { csrfField, readPageForm } from '../html/forms.ts';
import { type Html, html } from '../html/html.ts';
import { sendPage } from '../html/layout.ts';
import { visitingAdministrator } from '../login/visitor.ts';
import { clientDetails } from './client-details.ts';
import { revokeToken, tokenList } from './token-list.ts';

/** How many clients and requests the page shows. */
const SHOWN = 20;

/** The grants that a client cannot register, but an administrator can enable. */
const GRANT_SWITCHES = [
  { grant: PASSWORD, label: 'Password grant' },
  { grant: CLIENT_CREDENTIALS, label: 'Client credentials' },
  { grant: TOKEN_EXCHANGE, label: 'Token exchange' },
];

const everyToken = () => true;

/** `/admin`: clients and their switches, users, tokens and the latest requests, for administrators. */
export function adminPages(
  iam: Pick<Iam, 'accessTokens' | 'clients' | 'issuer' | 'now' | 'refreshTokens' | 'requests' | 'users'>,
  sessions: Sessions,
): Routes {
  return {
    '/admin': {
      GET: async (ctx) => {
        const user = await visitingAdministrator(ctx, sessions, ctx.url);
        if (user === undefined) return;
        const query = new URLSearchParams(ctx.querystring);
        sendPage(ctx, {
          title: 'Administration',
          wide: true,
          user,
          content: html`<h1>Administration</h1>
${clientSection(iam, ctx, query.get('q')?.trim() ?? '', query.get('open') ?? '')}
<section><h2>Users</h2>${userList(iam)}</section>
<section id="tokens"><h2>Active tokens</h2>${tokenList(iam, ctx, { path: '/admin/tokens', mayManage: everyToken })}</section>
<section><h2>Recent requests</h2>${requestList(iam)}</section>`,
        });
      },
    },

    '/admin/clients/*': {
      POST: async (ctx, id) => {
        const form = await readPageForm(iam, ctx);
        if ((await visitingAdministrator(ctx, sessions, '/admin')) === undefined) return;
        const client = iam.clients.get(id);
        if (client === undefined) throw new PageError(404, 'This client does not exist any more.');
        const changed = switched(client, form.get('switch') ?? '', form.get('on') === 'true');
        iam.clients.replace(id, changed);
        const name = encodeURIComponent(id);
        ctx.redirect(`/admin?open=${name}#client-${name}`);
        ctx.status = 303;
      },
    },

    '/admin/tokens/*/revoke': {
      POST: async (ctx, id) => {
        await readPageForm(iam, ctx);
        if ((await visitingAdministrator(ctx, sessions, '/admin')) === undefined) return;
        revokeToken(iam, id, everyToken);
        ctx.redirect('/admin#tokens');
        ctx.status = 303;
      },
    },
  };
}

/** @throws PageError 400 for an unknown switch */
function switched(client: Client, name: string, on: boolean): Client {
  if (name === 'active') return { ...client, active: on };
  if (!GRANT_SWITCHES.some(({ grant }) => grant === name)) {
    throw new PageError(400, 'Clients have no such switch.');
  }
  const others = client.grant_types.filter((grant) => grant !== name);
  return { ...client, grant_types: on ? [...others, name] : others };
}

function clientSection(
  iam: Pick<Iam, 'clients' | 'users'>,
  ctx: Context,
  search: string,
  open: string,
): Html {
  const wanted = search.toLowerCase();
  const found = [...iam.clients.values()]
    .reverse()
    .filter(({ client_id, client_name }) => `${client_id} ${client_name}`.toLowerCase().includes(wanted));
  // Always show the client that the administrator has just changed, even if many are newer.
  const shown = found.filter(({ client_id }, index) => index < SHOWN || client_id === open);
  const hidden = found.length - shown.length;
  return html`<section>
<h2>Clients</h2>
<form class="search" method="get" action="/admin" role="search">
<label for="q">Name or id</label>
<input id="q" name="q" type="search" value="${search}" autocomplete="off" spellcheck="false"><button class="small">Search</button>
</form>
${shown.map((client) => clientDetails(iam, client, switches(ctx, client), client.client_id === open))}
${shown.length === 0 ? html`<p class="muted">None.</p>` : undefined}
${hidden > 0 ? html`<p class="muted">And ${hidden} more: search for them.</p>` : undefined}
</section>`;
}

function switches(ctx: Context, client: Client): Html {
  const form = (name: string, label: string, on: boolean) =>
    html`<form method="post" action="/admin/clients/${encodeURIComponent(client.client_id)}">${csrfField(ctx)}<input type="hidden" name="switch" value="${name}">
<button class="switch" role="switch" aria-checked="${String(on)}" name="on" value="${String(!on)}">${label}</button></form>`;
  return html`<div class="switches">
${GRANT_SWITCHES.map(({ grant, label }) => form(grant, label, client.grant_types.includes(grant)))}
${form('active', 'Client active', client.active)}
</div>`;
}

function userList(iam: Pick<Iam, 'users'>): Html {
  return html`<ul class="rows">${iam.users.all.map(
    ({ username, givenName, familyName, groups, admin, disabled, aupUnsigned }) =>
      html`<li><div><strong>${givenName} ${familyName}</strong> ${admin === true ? html`<span class="badge">administrator</span> ` : undefined}${disabled === true ? html`<span class="badge bad">disabled</span> ` : undefined}${aupUnsigned === true ? html`<span class="badge bad">AUP not signed</span>` : undefined}
<p class="muted"><span class="mono">${username}</span>${groups.length === 0 ? undefined : html`, ${groups.map(({ name }) => name).join(', ')}`}</p></div></li>`,
  )}</ul>`;
}

/** The latest requests, without those to this page. */
function requestList(iam: Pick<Iam, 'requests'>): Html {
  const requests = iam.requests.all.filter(({ path }) => !path.startsWith('/admin')).slice(-SHOWN);
  if (requests.length === 0) return html`<p class="muted">None.</p>`;
  return html`<ul class="rows">${requests.reverse().map(
    ({ time, method, path, client, grant, status }) =>
      html`<li><div><span class="mono">${method} ${path}</span>
<p class="muted">${new Date(time * 1000).toISOString().slice(11, 19)} UTC${client === undefined ? undefined : html`, <span class="mono">${client}</span>`}${grant === undefined ? undefined : html`<br><span class="mono">${grant}</span>`}</p></div>
<span class="badge${status === null || status >= 400 ? ' bad' : ''}">${status ?? 'dropped'}</span></li>`,
  )}</ul>`;
}
