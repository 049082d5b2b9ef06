import type { Context } from 'koa';
import { discoveryDocument } from '../endpoints/discovery.ts';
import type { Iam } from '../iam.ts';
import { memoryStore } from '../state/store.ts';
import { type GroupMembership, isTestUser, type User } from '../users/users.ts';
import { type Html, html } from './html/html.ts';
import { sendPage } from './html/layout.ts';

const ENDPOINTS = /_endpoint$|^jwks_uri$/;

/** `GET /`: says what this server is, how to log in, and where its pages are. It shows passwords of the test users only. */
export function homePage(
  iam: Pick<Iam, 'autoApprove' | 'issuer' | 'legacyRegister' | 'scopes' | 'store' | 'users'>,
) {
  const endpoints = Object.entries(discoveryDocument(iam)).filter(
    ([name]) => ENDPOINTS.test(name) && name !== 'scim_endpoint',
  );
  const testers = iam.users.all.filter(isTestUser);
  return (ctx: Context) => {
    sendPage(ctx, {
      title: 'Start',
      wide: true,
      content: html`<section>
<h1>jeton-iam</h1>
<p>A development INDIGO IAM for trying out and testing OAuth clients. It answers as IAM does, and${iam.store === memoryStore ? ' forgets everything' : ' remembers everything but logins'} when it ends.</p>
<p class="note"><strong>Not for production.</strong>${testers.length === 0 ? undefined : ' The passwords are on this page.'}</p>
${iam.autoApprove === undefined ? undefined : html`<p class="note">Everything is approved at once in the name of <strong>${iam.autoApprove.username}</strong>.</p>`}
<p>A device shows you a code? <a href="/device">Enter it here</a>. Your clients and tokens are on <a href="/dashboard">your dashboard</a>, and administrators see to everybody’s on <a href="/admin">theirs</a>.</p>
<h2>Users</h2>
${testers.length === 0 ? html`<p>They are those of the configuration, with the passwords that it gives them.</p>` : userTable(testers)}
<h2>Endpoints</h2>
<dl>
<dt>issuer</dt><dd class="mono">${iam.issuer}</dd>
<dt>discovery</dt><dd><a class="mono" href="/.well-known/openid-configuration">${iam.issuer}.well-known/openid-configuration</a></dd>
${endpoints.map(
  ([name, url]) =>
    html`<dt>${name.replace(/_endpoint$|_uri$/, '').replaceAll('_', ' ')}</dt><dd class="mono">${String(url)}</dd>`,
)}
</dl>
<h2>Scopes</h2>
<p class="inline-list">${iam.scopes.offered.map((scope) => html`<code>${scope}</code> `)}</p>
</section>`,
    });
  };
}

function userTable(users: readonly User[]): Html {
  return html`<div class="scroll"><table><thead><tr><th>Username</th><th>Password</th><th>Groups</th></tr></thead><tbody>
${users.map(
  ({ username, password, groups }) =>
    html`<tr><td><code>${username}</code></td><td><code>${password}</code></td><td>${groupNames(groups)}</td></tr>`,
)}
</tbody></table></div>`;
}

function groupNames(groups: readonly GroupMembership[]): string {
  return (
    groups.map(({ name, optional }) => (optional === true ? `${name} (optional)` : name)).join(', ') || 'none'
  );
}
