import type { Context } from 'koa';
import { peerOf } from '../../http/peer.ts';
import type { Iam } from '../../iam.ts';
import { brakedText } from '../../users/password-logins.ts';
import { localTarget, loginUrl, type Sessions } from '../../users/sessions.ts';
import { readPageForm } from '../html/forms.ts';
import { sendPage } from '../html/layout.ts';
import { formTargetOf } from './form-target.ts';
import { loginForm } from './login-form.ts';
import { rememberUsername, typedUsername } from './typed-username.ts';

const FAILURE = 'Invalid username or password.';
const PROBLEMS = new Map([['disabled', 'This account is disabled. Ask an administrator.']]);

/** `/login`: asks for username and password, and leads on to the page that the user requested. */
export function loginPages(
  iam: Pick<Iam, 'clients' | 'external' | 'issuer' | 'onlyLoopback' | 'passwordLogins' | 'users'>,
  sessions: Sessions,
) {
  const loginPage = async (
    ctx: Context,
    target: string,
    typed: { readonly username: string; readonly problem?: string | undefined },
    status = 200,
  ) => {
    sendPage(ctx, {
      title: 'Sign in',
      status,
      task: true,
      user: (await sessions.current(ctx))?.user,
      formTarget: formTargetOf(iam, target),
      content: loginForm(iam, ctx, target, typed),
    });
  };

  return {
    GET: (ctx: Context) => {
      const error = textOf(ctx.query.error);
      const problem = error === undefined ? undefined : (PROBLEMS.get(error) ?? FAILURE);
      const username = error === undefined ? '' : typedUsername(ctx);
      return loginPage(ctx, localTarget(textOf(ctx.query.to) ?? '/'), { username, problem });
    },

    POST: async (ctx: Context) => {
      const form = await readPageForm(iam, ctx);
      const target = localTarget(form.get('to') ?? '/');
      const [username, password] = [form.get('username') ?? '', form.get('password') ?? ''];
      const login = iam.passwordLogins.attempt(peerOf(ctx.req.socket), username, password);
      if (login.result === 'braked') {
        ctx.set('Retry-After', String(login.seconds));
        return loginPage(ctx, target, { username, problem: brakedText(login.seconds) }, 429);
      }
      ctx.status = 303;
      if (login.result === 'wrong') {
        rememberUsername(ctx, username);
        return ctx.redirect(`${loginUrl(target)}&error=failure`);
      }
      if (login.user.disabled === true) return ctx.redirect(`${loginUrl(target)}&error=disabled`);
      await sessions.logIn(ctx, login.user);
      ctx.redirect(target);
    },
  };
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
