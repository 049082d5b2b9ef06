import type { Context } from 'koa';
import { discoveryDocument } from '../endpoints/discovery.ts';
import type { Iam } from '../iam.ts';
import { memoryStore } from '../state/store.ts';
import type { Sessions } from '../users/sessions.ts';
import { type GroupMembership, isTestUser, type User } from '../users/users.ts';
import { type Html, html } from './html/html.ts';
import { sendPage } from './html/layout.ts';

const ENDPOINTS = /_endpoint$|^jwks_uri$/;

/** `GET /`: introduces jeton-iam, its users and its pages. It shows the passwords of the test users only. */
export function homePage(
  iam: Pick<Iam, 'autoApprove' | 'issuer' | 'legacyRegister' | 'scopes' | 'store' | 'users'>,
  sessions: Sessions,
) {
  const endpoints = Object.entries(discoveryDocument(iam)).filter(
    ([name]) => ENDPOINTS.test(name) && name !== 'scim_endpoint',
  );
  const testers = iam.users.all.filter(isTestUser);
  return async (ctx: Context) => {
    sendPage(ctx, {
      title: 'Start',
      wide: true,
      user: (await sessions.current(ctx))?.user,
      content: html`<h1>A development INDIGO IAM</h1>
<p>For trying out and testing OAuth clients: it answers like IAM. When it stops, it ${iam.store === memoryStore ? 'forgets everything' : 'keeps everything except logins'}.</p>
<p class="note"><strong>Not for production.</strong>${testers.length === 0 ? undefined : ' The passwords are on this page.'}</p>
${iam.autoApprove === undefined ? undefined : html`<p class="note">jeton-iam approves everything at once in the name of <strong>${iam.autoApprove.username}</strong>.</p>`}
<section><h2>Get a token</h2>
<pre class="copyable" tabindex="0" role="region" aria-label="Commands that get a token">eval $(oidc-agent)
oidc-gen -w device --iss=${iam.issuer} --scope=max wlcg
oidc-token wlcg</pre>
<p>Does your terminal show a code? <a href="/device">Enter it here</a>. Your clients, tokens and decisions are on <a href="/dashboard">your dashboard</a>; administrators see those of all users, and the latest requests, in the <a href="/admin">administration</a>.</p>
</section>
<section><h2>Users</h2>
${testers.length === 0 ? html`<p>The configuration has the users and their passwords.</p>` : userTable(testers)}
</section>
<section><h2>Endpoints</h2>
<dl class="pairs">
<dt>issuer</dt><dd class="mono">${iam.issuer}</dd>
<dt>discovery</dt><dd><a class="mono" href="/.well-known/openid-configuration">${iam.issuer}.well-known/openid-configuration</a></dd>
${endpoints.map(
  ([name, url]) =>
    html`<dt>${name.replace(/_endpoint$|_uri$/, '').replaceAll('_', ' ')}</dt><dd class="mono">${String(url)}</dd>`,
)}
</dl>
</section>
<section><h2>Scopes</h2>
<p class="inline-list">${iam.scopes.offered.map((scope) => html`<code>${scope}</code> `)}</p>
</section>`,
    });
  };
}

function userTable(users: readonly User[]): Html {
  return html`<table><thead><tr><th>Username</th><th>Password</th><th>Groups</th></tr></thead><tbody>
${users.map(
  ({ username, password, groups }) =>
    html`<tr><td><code>${username}</code></td><td><code>${password}</code></td><td>${groupNames(groups)}</td></tr>`,
)}
</tbody></table>`;
}

function groupNames(groups: readonly GroupMembership[]): string {
  return (
    groups.map(({ name, optional }) => (optional === true ? `${name} (optional)` : name)).join(', ') || 'none'
  );
}
