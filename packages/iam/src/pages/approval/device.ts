import type { Context } from 'koa';
import type { Client } from '../../clients/clients.ts';
import { approve, deny, lookUpPendingCode, lookUpUserCode } from '../../endpoints/device-code.ts';
import type { Iam } from '../../iam.ts';
import { scopesFor } from '../../tokens/token-issuer.ts';
import { isConsentRemembered, rememberConsent } from '../../users/remembered-consent.ts';
import type { Sessions } from '../../users/sessions.ts';
import type { User } from '../../users/users.ts';
import { csrfField, readPageForm } from '../html/forms.ts';
import { html } from '../html/html.ts';
import { sendPage } from '../html/layout.ts';
import { visitor } from '../login/visitor.ts';
import { approvalForm } from './approval-form.ts';
import { outcome } from './outcome.ts';
import { lengthProblem, userCodeFor } from './typed-code.ts';

/** The pages of the device flow (RFC 8628 section 3.3): enter a code, approve it, see the result. */
export function devicePages(
  iam: Pick<
    Iam,
    | 'behaviour'
    | 'clients'
    | 'consents'
    | 'deviceCodes'
    | 'issuer'
    | 'lifetimes'
    | 'now'
    | 'scopePolicies'
    | 'scopes'
    | 'userCodes'
  >,
  sessions: Sessions,
) {
  const entryPage = (ctx: Context, user: User, typed = '', problem?: string) => {
    const state = problem === undefined ? undefined : html` aria-invalid="true" aria-describedby="problem"`;
    sendPage(ctx, {
      title: 'Enter Code',
      user,
      content: html`<section>
<h1>Enter Code</h1>
<p>Your terminal or device shows a code. This is the first of two steps: the device gets nothing until you approve it on the next page.</p>
${problem === undefined ? undefined : html`<p class="error" id="problem" role="alert">${problem} ${lengthProblem(typed)}</p>`}
<form method="post" action="/device/verify">
${csrfField(ctx)}
<label for="user_code">Code on your device</label>
<input id="user_code" name="user_code" class="code" value="${typed}" placeholder="code" maxlength="16" autocomplete="off" autocapitalize="off" spellcheck="false" required autofocus${state}>
<button>Submit</button>
</form>
</section>`,
    });
  };

  const resultPage = (ctx: Context, user: User, client: Client, isApproved: boolean) => {
    const content = outcome(client, isApproved);
    sendPage(ctx, { title: isApproved ? 'Approved' : 'Not approved', task: true, user, content });
  };

  const approvalPage = (ctx: Context, user: User, typed: string) => {
    const found = lookUpPendingCode(iam, userCodeFor(iam, typed));
    if ('problem' in found) return entryPage(ctx, user, typed, found.problem);
    const { code, client } = found;
    const asked = { clientId: client.client_id, userId: user.id, scopes: code.scopes };
    if (isConsentRemembered(iam, asked)) {
      approve(iam, code, user.id);
      return resultPage(ctx, user, client, true);
    }
    const request = {
      client,
      user,
      scopes: scopesFor(iam, user, code.scopes),
      audience: code.audience?.values ?? [],
    };
    sendPage(ctx, {
      title: 'Approve access',
      task: true,
      user,
      content: approvalForm(iam, request, {
        action: '/device/approve',
        fields: html`${csrfField(ctx)}<input type="hidden" name="user_code" value="${code.userCode}">`,
        hint: html`<p class="check-code">Go on only if your device shows the code <strong class="usercode">${code.userCode}</strong></p>`,
      }),
    });
  };

  return {
    '/device': {
      GET: async (ctx: Context) => {
        const user = await visitor(ctx, sessions, ctx.url);
        if (user === undefined) return;
        const userCode = new URLSearchParams(ctx.querystring).get('user_code');
        if (userCode === null) entryPage(ctx, user);
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
        const typed = form.get('user_code') ?? '';
        const found = lookUpUserCode(iam, typed);
        if ('problem' in found) return entryPage(ctx, user, typed, found.problem);
        const { code, client } = found;
        const isApproved = form.get('user_oauth_approval') === 'true';
        if (isApproved) {
          const consent = { clientId: client.client_id, userId: user.id, scopes: code.scopes };
          rememberConsent(iam, consent, form.get('remember'));
          approve(iam, code, user.id);
        } else {
          deny(iam, code);
        }
        resultPage(ctx, user, client, isApproved);
      },
    },
  };
}
