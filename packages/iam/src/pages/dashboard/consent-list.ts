import type { Context } from 'koa';
import type { Iam } from '../../iam.ts';
import { rememberedConsents } from '../../users/remembered-consent.ts';
import type { User } from '../../users/users.ts';
import { csrfField } from '../html/forms.ts';
import { type Html, html } from '../html/html.ts';

/** The remembered consents of a user, each with a button that revokes it by a form to `<path>/<client id>/revoke`. */
export function consentList(
  iam: Pick<Iam, 'clients' | 'consents'>,
  ctx: Context,
  user: User,
  path: string,
): Html {
  const consents = rememberedConsents(iam, user.id);
  if (consents.length === 0) return html`<p class="muted">None.</p>`;
  return html`<ul class="rows">${consents.map(({ clientId, scopes }) => {
    const name = iam.clients.get(clientId)?.client_name ?? clientId;
    return html`<li><div><strong>${name}</strong>
<p class="muted mono">${scopes.join(' ')}</p></div>
<form method="post" action="${path}/${encodeURIComponent(clientId)}/revoke">${csrfField(ctx)}<button class="small quiet">Revoke<span class="hidden"> the decision about ${name}</span></button></form></li>`;
  })}</ul>`;
}
