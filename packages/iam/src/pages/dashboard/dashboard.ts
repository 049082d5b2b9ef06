import type { Context } from 'koa';
import type { Client } from '../../clients/clients.ts';
import { PageError } from '../../errors.ts';
import type { Routes } from '../../http/router.ts';
import type { Iam } from '../../iam.ts';
import { type ClientRecords, forgetClient } from '../../state/state.ts';
import { revokeConsent } from '../../users/remembered-consent.ts';
import type { Sessions } from '../../users/sessions.ts';
import type { User } from '../../users/users.ts';
import { csrfField, readPageForm } from '../html/forms.ts';
import { type Html, html } from '../html/html.ts';
import { sendPage } from '../html/layout.ts';
import { visitor } from '../login/visitor.ts';
import { clientDetails } from './client-details.ts';
import { consentList } from './consent-list.ts';
import { revokeToken, tokenList } from './token-list.ts';

/** `/dashboard`: the user's own clients, tokens and remembered decisions. */
export function dashboardPages(
  iam: ClientRecords & Pick<Iam, 'issuer' | 'now' | 'users'>,
  sessions: Sessions,
): Routes {
  const tokensOf = (user: User) => (token: { readonly userId: string | undefined }) =>
    token.userId === user.id;

  return {
    '/dashboard': {
      GET: async (ctx) => {
        const user = await visitor(ctx, sessions, ctx.url);
        if (user === undefined) return;
        const mine = [...iam.clients.values()].filter(({ owners }) => owners.includes(user.id));
        sendPage(ctx, {
          title: 'Dashboard',
          wide: true,
          user,
          content: html`<h1>${user.givenName} ${user.familyName}</h1>
<section><h2>My clients</h2>
${mine.map((client) => clientDetails(iam, client, deletion(ctx, client), false))}
${mine.length === 0 ? html`<p class="muted">None yet. A client that oidc-agent registers becomes yours when you approve it.</p>` : undefined}
</section>
<section id="tokens"><h2>My tokens</h2>
${tokenList(iam, ctx, { path: '/dashboard/tokens', mayManage: tokensOf(user) })}
</section>
<section id="consents"><h2>My remembered decisions</h2>
${consentList(iam, ctx, user, '/dashboard/consents')}
</section>
${user.admin === true ? html`<p>You are an administrator: <a href="/admin">manage all clients and tokens</a>.</p>` : undefined}`,
        });
      },
    },

    '/dashboard/clients/*/delete': {
      POST: async (ctx, id) => {
        await readPageForm(iam, ctx);
        const user = await visitor(ctx, sessions, '/dashboard');
        if (user === undefined) return;
        if (iam.clients.get(id)?.owners.includes(user.id) !== true) {
          throw new PageError(404, 'You have no such client.');
        }
        forgetClient(iam, id);
        ctx.redirect('/dashboard');
        ctx.status = 303;
      },
    },

    '/dashboard/consents/*/revoke': {
      POST: async (ctx, clientId) => {
        await readPageForm(iam, ctx);
        const user = await visitor(ctx, sessions, '/dashboard');
        if (user === undefined) return;
        revokeConsent(iam, { userId: user.id, clientId });
        ctx.redirect('/dashboard#consents');
        ctx.status = 303;
      },
    },

    '/dashboard/tokens/*/revoke': {
      POST: async (ctx, id) => {
        await readPageForm(iam, ctx);
        const user = await visitor(ctx, sessions, '/dashboard');
        if (user === undefined) return;
        revokeToken(iam, id, tokensOf(user));
        ctx.redirect('/dashboard#tokens');
        ctx.status = 303;
      },
    },
  };
}

/** Deleting a client takes two clicks. */
function deletion(ctx: Context, client: Client): Html {
  return html`<details class="deletion fold"><summary>Delete this client</summary>
<form method="post" action="/dashboard/clients/${encodeURIComponent(client.client_id)}/delete">${csrfField(ctx)}
<p>This revokes all tokens of this client. Programs that use it have to register again.</p>
<button class="danger">Delete ${client.client_name}</button></form></details>`;
}
