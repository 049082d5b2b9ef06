import type { Iam } from '../../iam.ts';
import { type Html, html } from '../html/html.ts';

/** All users, with their groups and what keeps them from getting tokens. */
export function userList(iam: Pick<Iam, 'users'>): Html {
  return html`<section><ul class="rows">${iam.users.all.map(
    ({ username, givenName, familyName, groups, admin, disabled, aupUnsigned }) =>
      html`<li><div><strong>${givenName} ${familyName}</strong> ${admin === true ? html`<span class="badge">administrator</span> ` : undefined}${disabled === true ? html`<span class="badge bad">disabled</span> ` : undefined}${aupUnsigned === true ? html`<span class="badge bad">AUP not signed</span>` : undefined}
<p class="muted"><span class="mono">${username}</span>${groups.length === 0 ? undefined : html`, ${groups.map(({ name }) => name).join(', ')}`}</p></div></li>`,
  )}</ul></section>`;
}
