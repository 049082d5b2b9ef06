import type { Context } from 'koa';
import { PageError } from '../../errors.ts';
import type { Routes } from '../../http/router.ts';
import type { Iam } from '../../iam.ts';
import { ExpiringMap } from '../../state/expiring-map.ts';
import type { ExternalPerson, ExternalProvider, PendingLogin } from '../../users/external-provider.ts';
import { localTarget, loginUrl, type Sessions } from '../../users/sessions.ts';
import type { User } from '../../users/users.ts';
import { sendOnward } from './onward.ts';

/** IAM's path for the redirect to the other provider, and for the way back. */
export const EXTERNAL_LOGIN_PATH = '/openid_connect_login';

const COOKIE = 'iam_external';

/** Seconds that the user has to log in at the external provider. */
const LIFETIME_SECONDS = 600;

/** Login through another OpenID provider, for users whose identity there belongs to an account here. */
export function externalLoginPages(
  iam: Pick<Iam, 'now' | 'users'>,
  sessions: Sessions,
  provider: ExternalProvider,
): Routes {
  const pending = new ExpiringMap<PendingLogin & { readonly target: string }>(iam.now);

  const leave = async (ctx: Context, target: string) => {
    const { url, login } = await provider.begin().catch((error: unknown) => {
      throw failure(provider, error);
    });
    pending.set(login.state, { ...login, target }, LIFETIME_SECONDS);
    const cookie = {
      httpOnly: true,
      sameSite: 'lax',
      secure: ctx.secure,
      path: EXTERNAL_LOGIN_PATH,
    } as const;
    ctx.cookies.set(COOKIE, login.state, cookie);
    ctx.redirect(url.href);
    ctx.status = 303;
  };

  const comeBack = async (ctx: Context, parameters: URLSearchParams) => {
    const state = ctx.cookies.get(COOKIE);
    const login = state === parameters.get('state') ? pending.take(state ?? '') : undefined;
    if (login === undefined) throw new PageError(400, 'This login has expired. Go back and start again.');
    const identity = await provider.finish(parameters, login).catch((error: unknown) => {
      throw failure(provider, error);
    });
    const user = accountOf(iam, identity);
    if (user === undefined) {
      throw new PageError(403, `No account here belongs to ${identity.subject} at ${identity.issuer}.`);
    }
    if (user.disabled === true) {
      ctx.redirect(`${loginUrl(login.target)}&error=disabled`);
      ctx.status = 303;
      return;
    }
    await sessions.logIn(ctx, user);
    sendOnward(ctx, login.target);
  };

  return {
    [EXTERNAL_LOGIN_PATH]: {
      GET: (ctx) => {
        const parameters = new URLSearchParams(ctx.querystring);
        const isAnswer = parameters.has('code') || parameters.has('error');
        return isAnswer ? comeBack(ctx, parameters) : leave(ctx, localTarget(parameters.get('to') ?? '/'));
      },
    },
  };
}

/** The account that names this identity, or else the one with the e-mail address that the provider has verified. */
function accountOf(
  iam: Pick<Iam, 'users'>,
  { issuer, subject, verifiedEmail }: ExternalPerson,
): User | undefined {
  const isNamed = ({ externalIdentities = [] }: User) =>
    externalIdentities.some((identity) => identity.issuer === issuer && identity.subject === subject);
  return (
    iam.users.all.find(isNamed) ??
    (verifiedEmail === undefined ? undefined : iam.users.all.find(({ email }) => email === verifiedEmail))
  );
}

function failure({ name }: ExternalProvider, error: unknown): PageError {
  const reason = error instanceof Error ? error.message : String(error);
  return new PageError(502, `The login at ${name} failed: ${reason}`);
}
