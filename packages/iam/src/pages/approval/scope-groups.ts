import type { Iam } from '../../iam.ts';
import { type Html, html } from '../html/html.ts';

/** The groups of scopes, in the order of the page; a scope belongs to the first that it matches. */
const GROUPS = [
  {
    name: 'Identity',
    scopes: /^(?:openid|profile|email|address|phone|eduperson_.*|entitlements|wlcg\.groups.*|ssh-keys)$/,
  },
  { name: 'Storage', scopes: /^storage\./ },
  { name: 'Compute', scopes: /^compute\./ },
  { name: 'Other', scopes: /^/ },
];

/** The page folds the groups of a request that has more scopes. */
const UNFOLDED_SCOPES = 8;

/** The scopes of a request in groups, each scope with what it allows. Of a folded group one sees how many there are, and the beginning. */
export function scopeGroups(iam: Pick<Iam, 'scopes'>, scopes: readonly string[]): Html {
  if (scopes.length === 0) return html`<p class="muted">Nothing.</p>`;
  const groupOf = (scope: string) => GROUPS.find((group) => group.scopes.test(scope));
  return html`<div class="scope-groups">${GROUPS.map((group) => {
    const members = scopes.filter((scope) => groupOf(scope) === group);
    if (members.length === 0) return undefined;
    const texts = members.map((scope) => iam.scopes.describe(scope));
    return html`<details${scopes.length <= UNFOLDED_SCOPES ? html` open` : undefined}>
<summary><strong>${group.name}</strong><span class="badge">${members.length}</span><span class="gist">${texts.join(' · ')}</span></summary>
<ul class="scopes">${members.map((scope, index) => html`<li>${texts[index]}<code>${scope}</code></li>`)}</ul>
</details>`;
  })}</div>`;
}
