import type { Context } from 'koa';
import { isLocal } from '../../http/local.ts';
import type { Iam } from '../../iam.ts';
import { isTestUser, type User } from '../../users/users.ts';
import { csrfField } from '../html/forms.ts';
import { type Html, html } from '../html/html.ts';
import { EXTERNAL_LOGIN_PATH } from './external-login.ts';

/**
 * The ways to sign in: username and password, a button for each test user, and another provider. All lead on to `target`.
 * @param typed.username what the user typed before, whose password is asked for
 */
export function loginForm(
  iam: Pick<Iam, 'external' | 'onlyLoopback' | 'users'>,
  ctx: Context,
  target: string,
  typed: { readonly username: string; readonly problem?: string | undefined },
): Html {
  const { username, problem } = typed;
  const [atUsername, atPassword] =
    username === '' ? [html` autofocus`, undefined] : [undefined, html` autofocus`];
  const state = problem === undefined ? undefined : html` aria-invalid="true" aria-describedby="problem"`;
  return html`<section>
<h1>Sign in</h1>
${problem === undefined ? undefined : html`<p class="error" id="problem" role="alert">${problem}</p>`}
<form method="post" action="/login">
${hiddenFields(ctx, target)}
<label for="username">Username</label>
<input id="username" name="username" value="${username}" autocomplete="username" autocapitalize="none" spellcheck="false" required${atUsername}${state}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${atPassword}${state}>
<button name="submit" value="login">Sign in</button>
</form>
${externalButton(iam, target)}
${testUserButtons(iam, ctx, target)}
</section>`;
}

function hiddenFields(ctx: Context, target: string): Html {
  return html`${csrfField(ctx)}<input type="hidden" name="to" value="${target}">`;
}

function externalButton({ external }: Pick<Iam, 'external'>, target: string): Html | undefined {
  if (external === undefined) return undefined;
  const query = new URLSearchParams({ iss: external.issuer, to: target });
  return html`<p class="or">or</p>
<a class="button quiet" href="${EXTERNAL_LOGIN_PATH}?${String(query)}">Sign in with ${external.name}</a>`;
}

/**
 * A button for each test user, whose passwords are public. Only for browsers of this machine, at a server that no other machine can reach:
 * elsewhere the password is at least a word that a visitor has to know. On the way to the administration, administrators come first.
 */
function testUserButtons(
  iam: Pick<Iam, 'onlyLoopback' | 'users'>,
  ctx: Context,
  target: string,
): Html | undefined {
  const testUsers = iam.onlyLoopback && isLocal(ctx) ? iam.users.all.filter(isTestUser) : [];
  if (testUsers.length === 0) return undefined;
  const rank = ({ admin }: User) => (target.startsWith('/admin') && admin === true ? 0 : 1);
  return html`<p class="or">or, with a public test user</p>
<div class="stack">${testUsers
    .toSorted((one, other) => rank(one) - rank(other))
    .map(
      ({ username, password, givenName, familyName }) => html`<form method="post" action="/login">
${hiddenFields(ctx, target)}<input type="hidden" name="username" value="${username}"><input type="hidden" name="password" value="${password}">
<button class="quiet" name="submit" value="login">Sign in as ${givenName} ${familyName}</button>
</form>`,
    )}</div>`;
}
