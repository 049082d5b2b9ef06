import type { Context } from 'koa';
import type { Iam } from '../iam.ts';
import { localTarget, loginUrl, type Sessions } from '../sessions.ts';
import { EXTERNAL_LOGIN_PATH } from './external-login.ts';
import { csrfField, readPageForm } from './forms.ts';
import { type Html, html } from './html.ts';
import { sendPage } from './layout.ts';

const FAILURE = 'Invalid username or password.';
const PROBLEMS = new Map([['disabled', 'This account is disabled. Ask an administrator.']]);

/** `/login`: a username and a password, and on to where the person wanted to go. */
export function loginPages(iam: Iam, sessions: Sessions) {
  return {
    GET: (ctx: Context) => {
      const target = localTarget(textOf(ctx.query.to) ?? '/');
      const error = textOf(ctx.query.error);
      sendPage(ctx, {
        title: 'Sign in',
        formTarget: redirectUriOf(target, iam.issuer),
        content: html`<section>
<h1>Sign in</h1>
${error === undefined ? undefined : html`<p class="error" role="alert">${PROBLEMS.get(error) ?? FAILURE}</p>`}
<form method="post" action="/login">
${csrfField(ctx)}<input type="hidden" name="to" value="${target}">
<label for="username">Username</label>
<input id="username" name="username" autocomplete="username" autocapitalize="off" spellcheck="false" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button name="submit" value="login">Sign in</button>
</form>
${externalButton(iam, target)}
</section>
<section><p class="muted">The test users are ${iam.users.all.map(({ username }, index) => html`${index === 0 ? '' : ' and '}<strong>${username}</strong>`)}; <a href="/">their passwords</a> are on the first page.</p></section>`,
      });
    },

    POST: async (ctx: Context) => {
      const form = await readPageForm(ctx);
      const target = localTarget(form.get('to') ?? '/');
      const user = iam.users.authenticate(form.get('username') ?? '', form.get('password') ?? '');
      ctx.status = 303;
      if (user === undefined) return ctx.redirect(`${loginUrl(target)}&error=failure`);
      if (user.disabled === true) return ctx.redirect(`${loginUrl(target)}&error=disabled`);
      await sessions.logIn(ctx, user);
      ctx.redirect(target);
    },
  };
}

function externalButton({ external }: Iam, target: string): Html | undefined {
  if (external === undefined) return undefined;
  const query = new URLSearchParams({ iss: external.issuer, to: target });
  return html`<p class="or">or</p>
<a class="button quiet" href="${EXTERNAL_LOGIN_PATH}?${String(query)}">Sign in with ${external.name}</a>`;
}

/** `POST /logout` */
export function logout(sessions: Sessions) {
  return async (ctx: Context) => {
    await readPageForm(ctx);
    await sessions.logOut(ctx);
    ctx.redirect('/');
    ctx.status = 303;
  };
}

/** Where a login may end without another click: at the client whose authorization request sent the person here. */
function redirectUriOf(target: string, issuer: string): string | undefined {
  if (!target.startsWith('/authorize?')) return undefined;
  return new URL(target, issuer).searchParams.get('redirect_uri') ?? undefined;
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
