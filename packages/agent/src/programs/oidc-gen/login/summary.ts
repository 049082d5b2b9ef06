/** The end of a login at a terminal: who is logged in, where, until when, and what to do next. */
import { shellQuote } from '@jeton/client/shell-quote';
import * as v from 'valibot';
import type { Account } from '../../../accounts/account.ts';
import type { Tokens } from '../../../oauth/grants/tokens.ts';
import type { IssuerMetadata } from '../../../oauth/issuer/discovery.ts';
import { missingScopes } from '../../../oauth/scope.ts';
import { unverifiedClaims } from '../../../oauth/tokens/unverified-claims.ts';
import { userInfo } from '../../../oauth/tokens/userinfo.ts';
import { localTime } from '../../../terminal/local-time.ts';
import { inform } from '../../../terminal/output.ts';
import { nextCommands } from '../../next-commands.ts';

interface CompletedLogin {
  readonly account: Account;
  readonly tokens: Tokens;
  readonly metadata: IssuerMetadata;
}

const USERINFO_DEADLINE_MS = 3000;

/** Shows the result of a login on stderr, if that is a terminal. Scripts get the output of the C program alone. */
export async function showLogin(login: CompletedLogin): Promise<void> {
  if (!process.stderr.isTTY) return;
  const { account, tokens, metadata } = login;
  const user = await userOf(login);
  const subject = user === undefined ? 'You are' : `${user} is`;
  const name = shellQuote(account.name);
  const lines = [
    '',
    `${subject} logged in at ${metadata.issuer} (account ${account.name}).`,
    until('Access token', tokens.expiresAt, '; the agent renews it'),
    until('Login', tokens.refreshExpiresAt),
    notGranted(login),
    nextCommands([
      [`oidc-token ${name}`, 'print an access token'],
      [`oidc-token ${name} | jeton inspect`, 'show what the token says'],
      ['jeton', 'show your logins'],
    ]),
  ];
  inform(lines.filter((line) => line !== undefined).join('\n'));
}

/** The scopes that the account asks for and the issuer did not grant. Some issuers do not name offline_access and grant it. */
function notGranted({ account, tokens }: CompletedLogin): string | undefined {
  if (account.auth_scope === undefined || tokens.scope === undefined) return undefined;
  const missing = missingScopes(account.auth_scope, tokens.scope).filter(
    (scope) => scope !== 'offline_access' || tokens.refreshToken === undefined,
  );
  return missing.length === 0 ? undefined : `Not granted: ${missing.join(' ')}`;
}

function until(what: string, time: number | undefined, remark = ''): string | undefined {
  return time === undefined ? undefined : `${what} valid until ${localTime(time)}${remark}.`;
}

const Text = v.fallback(v.optional(v.pipe(v.string(), v.nonEmpty())), undefined);
/** Who the user is (OpenID Connect Core 5.1). */
const User = v.object({ name: Text, preferred_username: Text, email: Text, sub: Text });

/** The name of the user, else the subject; undefined if the issuer says neither. */
async function userOf({ account, tokens, metadata }: CompletedLogin): Promise<string | undefined> {
  const claims = v.parse(User, (tokens.idToken && unverifiedClaims(tokens.idToken)) ?? {});
  const known = nameIn(claims);
  if (known !== undefined) return known;
  const request = { metadata, accessToken: tokens.accessToken, certPath: account.cert_path };
  const info = await userInfo({ ...request, deadline: USERINFO_DEADLINE_MS }).catch(() => ({}));
  const user = v.parse(User, info);
  return nameIn(user) ?? claims.sub ?? user.sub;
}

function nameIn({ name, preferred_username: username, email }: v.InferOutput<typeof User>) {
  const other = username ?? email;
  return name !== undefined && other !== undefined && other !== name ? `${name} (${other})` : (name ?? other);
}
