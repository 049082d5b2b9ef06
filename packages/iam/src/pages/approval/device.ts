import type { Context } from 'koa';
import type { Client } from '../../clients/clients.ts';
import { approve, deny, lookUpPendingCode, lookUpUserCode } from '../../endpoints/device-code.ts';
import type { Iam } from '../../iam.ts';
import { scopesFor } from '../../tokens/token-issuer.ts';
import { isConsentRemembered, rememberConsent } from '../../users/remembered-consent.ts';
import type { Sessions } from '../../users/sessions.ts';
import type { User } from '../../users/users.ts';
import { csrfField, readPageForm, signedInFooter } from '../html/forms.ts';
import { type Html, html } from '../html/html.ts';
import { sendPage } from '../html/layout.ts';
import { visitor } from '../login/visitor.ts';
import { approvalForm } from './approval-form.ts';

/** The pages of the device flow (RFC 8628 section 3.3): enter a code, approve it, see the result. */
export function devicePages(
  iam: Pick<
    Iam,
    | 'behaviour'
    | 'clients'
    | 'consents'
    | 'deviceCodes'
    | 'issuer'
    | 'now'
    | 'scopePolicies'
    | 'scopes'
    | 'userCodes'
  >,
  sessions: Sessions,
) {
  const entryPage = (ctx: Context, username: string, problem?: string) => {
    sendPage(ctx, {
      title: 'Enter Code',
      footer: signedInFooter(ctx, username),
      content: html`<section>
<h1>Enter Code</h1>
${problem === undefined ? undefined : html`<p class="error" role="alert">${problem}</p>`}
<form method="post" action="/device/verify">
${csrfField(ctx)}
<label for="user_code">Code on your device</label>
<input id="user_code" name="user_code" class="code" placeholder="code" maxlength="16" autocomplete="off" autocapitalize="off" spellcheck="false" required autofocus>
<button>Submit</button>
</form>
<p class="muted">This is the first of two steps: the device gets nothing until you approve it on the next page.</p>
</section>`,
    });
  };

  const approvedPage = (ctx: Context, username: string, client: Client) => {
    const text = html`<p class="good"><strong>The device has been approved.</strong></p>`;
    resultPage(ctx, username, client, text);
  };

  const approvalPage = (ctx: Context, user: User, userCode: string) => {
    const found = lookUpPendingCode(iam, userCode);
    if ('problem' in found) return entryPage(ctx, user.username, found.problem);
    const { code, client } = found;
    const asked = { clientId: client.client_id, userId: user.id, scopes: code.scopes };
    if (isConsentRemembered(iam, asked)) {
      approve(iam, code, user.id);
      return approvedPage(ctx, user.username, client);
    }
    const fields = html`${csrfField(ctx)}<input type="hidden" name="user_code" value="${code.userCode}">`;
    sendPage(ctx, {
      title: 'Approve access',
      footer: signedInFooter(ctx, user.username),
      content: approvalForm(iam, {
        client,
        scopes: scopesFor(iam, user, code.scopes),
        audience: code.audience?.values ?? [],
        action: '/device/approve',
        fields,
        hint: html`<p>Go on only if your device shows the code <span class="usercode">${code.userCode}</span>.</p>`,
      }),
    });
  };

  const resultPage = (ctx: Context, username: string, client: Client, text: Html) => {
    sendPage(ctx, {
      title: client.client_name,
      footer: signedInFooter(ctx, username),
      content: html`<section><h1>${client.client_name}</h1>${text}<p class="muted">You can close this page.</p></section>`,
    });
  };

  return {
    '/device': {
      GET: async (ctx: Context) => {
        const user = await visitor(ctx, sessions, ctx.url);
        if (user === undefined) return;
        const userCode = new URLSearchParams(ctx.querystring).get('user_code');
        if (userCode === null) entryPage(ctx, user.username);
        else approvalPage(ctx, user, userCode);
      },
    },

    '/device/verify': {
      POST: async (ctx: Context) => {
        const form = await readPageForm(iam, ctx);
        const user = await visitor(ctx, sessions, '/device');
        if (user !== undefined) approvalPage(ctx, user, form.get('user_code') ?? '');
      },
    },

    '/device/approve': {
      POST: async (ctx: Context) => {
        const form = await readPageForm(iam, ctx);
        const user = await visitor(ctx, sessions, '/device');
        if (user === undefined) return;
        const found = lookUpUserCode(iam, form.get('user_code') ?? '');
        if ('problem' in found) return entryPage(ctx, user.username, found.problem);
        if (form.get('user_oauth_approval') !== 'true') {
          deny(iam, found.code);
          const text = html`<p class="error">The device has not been approved.</p>`;
          return resultPage(ctx, user.username, found.client, text);
        }
        const { code, client } = found;
        const consent = { clientId: client.client_id, userId: user.id, scopes: code.scopes };
        rememberConsent(iam, consent, form.get('remember'));
        approve(iam, code, user.id);
        approvedPage(ctx, user.username, client);
      },
    },
  };
}
