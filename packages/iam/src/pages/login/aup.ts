import type { Context, Middleware } from 'koa';
import type { Iam } from '../../iam.ts';
import { hasToSign } from '../../users/account-status.ts';
import { localTarget, type Sessions } from '../../users/sessions.ts';
import { csrfField, readPageForm } from '../html/forms.ts';
import { html } from '../html/html.ts';
import { sendPage } from '../html/layout.ts';
import { formTargetOf } from './form-target.ts';
import { visitor } from './visitor.ts';

const SIGN_PATH = '/iam/aup/sign';

/** The pages that a user cannot open before signing the AUP. */
const GUARDED = /^\/(?:device|authorize|oauth|admin|dashboard)(?:\/|$)/;

/** Redirects users who have not signed the AUP to its page, which leads on to the page that they requested. */
export function requireSignature(
  iam: Pick<Iam, 'aupSignatures' | 'autoApprove'>,
  sessions: Sessions,
): Middleware {
  return async (ctx, next) => {
    if (!GUARDED.test(ctx.path) || iam.autoApprove !== undefined) return next();
    const login = await sessions.current(ctx);
    if (login === undefined || !hasToSign(iam, login.user)) return next();
    ctx.redirect(`${SIGN_PATH}?to=${encodeURIComponent(ctx.method === 'GET' ? ctx.url : '/')}`);
    ctx.status = 303;
  };
}

/** `/iam/aup/sign`: the page on which users sign the acceptable use policy. */
export function aupPages(iam: Pick<Iam, 'aupSignatures' | 'clients' | 'issuer' | 'now'>, sessions: Sessions) {
  return {
    [SIGN_PATH]: {
      GET: async (ctx: Context) => {
        const user = await visitor(ctx, sessions, ctx.url);
        if (user === undefined) return;
        const target = localTarget(new URLSearchParams(ctx.querystring).get('to') ?? '/');
        sendPage(ctx, {
          title: 'Acceptable Use Policy',
          formTarget: formTargetOf(iam, target),
          user,
          task: true,
          content: html`<section>
<h1>Acceptable Use Policy</h1>
<p>Before you go on, this organization asks you to agree to its acceptable use policy. (This is a development IAM, so the policy has no content.)</p>
<form method="post" action="${SIGN_PATH}">
${csrfField(ctx)}<input type="hidden" name="to" value="${target}">
<button>I agree with this Acceptable Use Policy</button>
</form>
</section>`,
        });
      },

      POST: async (ctx: Context) => {
        const form = await readPageForm(iam, ctx);
        const target = localTarget(form.get('to') ?? '/');
        const user = await visitor(ctx, sessions, SIGN_PATH);
        if (user === undefined) return;
        iam.aupSignatures.set(user.id, iam.now());
        ctx.redirect(target);
        ctx.status = 303;
      },
    },
  };
}
