import type { Context } from 'koa';
import { discoveryDocument } from '../endpoints/discovery.ts';
import type { Iam } from '../iam.ts';
import { html } from './html.ts';
import { sendPage } from './layout.ts';

const ENDPOINTS = /_endpoint$|^jwks_uri$/;

/** `GET /`: what this is, who can log in, and where everything is. */
export function homePage(iam: Iam) {
  const endpoints = Object.entries(discoveryDocument(iam)).filter(
    ([name]) => ENDPOINTS.test(name) && name !== 'scim_endpoint',
  );
  return (ctx: Context) => {
    sendPage(ctx, {
      title: 'Start',
      wide: true,
      content: html`<section>
<h1>jeton-iam</h1>
<p>A development INDIGO IAM for trying out and testing OAuth clients. It answers as IAM does, keeps everything in memory and forgets it when it ends.</p>
<p class="note"><strong>Not for production.</strong> The passwords are on this page.</p>
${iam.autoApprove === undefined ? undefined : html`<p class="note">Everything is approved at once in the name of <strong>${iam.autoApprove.username}</strong>.</p>`}
<p>A device shows you a code? <a href="/device">Enter it here</a>.</p>
<h2>Users</h2>
<div class="scroll"><table><thead><tr><th>Username</th><th>Password</th><th>Email</th><th>Groups</th></tr></thead><tbody>
${iam.users.all.map(
  (user) =>
    html`<tr><td><code>${user.username}</code></td><td><code>${user.password}</code></td><td>${user.email}</td><td>${
      user.groups.map(({ name, optional }) => (optional === true ? `${name} (optional)` : name)).join(', ') ||
      'none'
    }</td></tr>`,
)}
</tbody></table></div>
<h2>Issuer</h2>
<p><code>${iam.issuer}</code></p>
<h2>Endpoints</h2>
<div class="scroll"><table><tbody>
<tr><th scope="row">discovery</th><td><a class="mono" href="/.well-known/openid-configuration">${iam.issuer}.well-known/openid-configuration</a></td></tr>
${endpoints.map(([name, url]) => html`<tr><th scope="row">${name.replace(/_endpoint$|_uri$/, '').replaceAll('_', ' ')}</th><td class="mono">${String(url)}</td></tr>`)}
</tbody></table></div>
<h2>Scopes</h2>
<p>${iam.scopes.offered.map((scope) => html`<code>${scope}</code> `)}</p>
</section>`,
    });
  };
}
