import type { Context } from 'koa';
import { peerOf } from '../../http/peer.ts';
import type { Iam } from '../../iam.ts';
import { brakedText } from '../../users/password-logins.ts';
import { localTarget, loginUrl, type Sessions } from '../../users/sessions.ts';
import { isTestUser } from '../../users/users.ts';
import { csrfField, readPageForm } from '../html/forms.ts';
import { type Html, html } from '../html/html.ts';
import { sendPage } from '../html/layout.ts';
import { EXTERNAL_LOGIN_PATH } from './external-login.ts';
import { formTargetOf } from './form-target.ts';

const FAILURE = 'Invalid username or password.';
const PROBLEMS = new Map([['disabled', 'This account is disabled. Ask an administrator.']]);

/** `/login`: asks for username and password, and leads on to the page that the user requested. */
export function loginPages(
  iam: Pick<Iam, 'clients' | 'external' | 'issuer' | 'passwordLogins' | 'users'>,
  sessions: Sessions,
) {
  const loginPage = (ctx: Context, target: string, problem?: string, status = 200) => {
    sendPage(ctx, {
      title: 'Sign in',
      task: true,
      status,
      formTarget: formTargetOf(iam, target),
      content: html`<section>
<h1>Sign in</h1>
${problem === undefined ? undefined : html`<p class="error" role="alert">${problem}</p>`}
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
${testUsersHint(iam)}`,
    });
  };

  return {
    GET: (ctx: Context) => {
      const error = textOf(ctx.query.error);
      const problem = error === undefined ? undefined : (PROBLEMS.get(error) ?? FAILURE);
      loginPage(ctx, localTarget(textOf(ctx.query.to) ?? '/'), problem);
    },

    POST: async (ctx: Context) => {
      const form = await readPageForm(iam, ctx);
      const target = localTarget(form.get('to') ?? '/');
      const [username, password] = [form.get('username') ?? '', form.get('password') ?? ''];
      const login = iam.passwordLogins.attempt(peerOf(ctx.req.socket), username, password);
      if (login.result === 'braked') {
        ctx.set('Retry-After', String(login.seconds));
        return loginPage(ctx, target, brakedText(login.seconds), 429);
      }
      ctx.status = 303;
      if (login.result === 'wrong') return ctx.redirect(`${loginUrl(target)}&error=failure`);
      if (login.user.disabled === true) return ctx.redirect(`${loginUrl(target)}&error=disabled`);
      await sessions.logIn(ctx, login.user);
      ctx.redirect(target);
    },
  };
}

function externalButton({ external }: Pick<Iam, 'external'>, target: string): Html | undefined {
  if (external === undefined) return undefined;
  const query = new URLSearchParams({ iss: external.issuer, to: target });
  return html`<p class="or">or</p>
<a class="button quiet" href="${EXTERNAL_LOGIN_PATH}?${String(query)}">Sign in with ${external.name}</a>`;
}

/** Says where the passwords of the test users are. Users of the configuration know their own. */
function testUsersHint({ users }: Pick<Iam, 'users'>): Html | undefined {
  const testers = users.all.filter(isTestUser);
  if (testers.length === 0) return undefined;
  return html`<section><p class="muted">The test users are ${testers.map(({ username }, index) => html`${index === 0 ? '' : ' and '}<strong>${username}</strong>`)}; <a href="/">their passwords</a> are on the home page.</p></section>`;
}

/** `POST /logout` */
export function logout(iam: Pick<Iam, 'issuer'>, sessions: Sessions) {
  return async (ctx: Context) => {
    await readPageForm(iam, ctx);
    await sessions.logOut(ctx);
    ctx.redirect('/');
    ctx.status = 303;
  };
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
