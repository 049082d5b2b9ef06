/**
 * The requests for tokens (docs/protocol.md, "Requests"): which account they use, whose consent they need, and how the
 * agent answers.
 */
import { shellQuote } from '@jeton/client/shell-quote';
import { type Answer, BadRequest, errorTexts, type RequestOf } from '@jeton/protocol';
import { hasDesktop } from '../../terminal/desktop/desktop.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { LoadedAccount } from '../accounts/loaded-account.ts';
import type { AccountLookup } from '../accounts/lookup/account-lookup.ts';
import { hintLines, RequestFailure } from '../failure.ts';
import type { IssuedToken } from '../grant/cache/token-cache.ts';
import { clientRemarks } from '../grant/refresh/refresh-errors.ts';
import type { AgentSettings } from '../settings.ts';
import type { Visitor } from '../socket/connection.ts';
import { ownerDoor } from '../socket/door.ts';
import type { UserPrompt } from './user-prompt.ts';

export class TokenRequests {
  readonly #accounts: Accounts;
  readonly #lookup: AccountLookup;
  readonly #settings: AgentSettings;
  readonly #prompt: UserPrompt;

  constructor(accounts: Accounts, lookup: AccountLookup, settings: AgentSettings, prompt: UserPrompt) {
    this.#accounts = accounts;
    this.#lookup = lookup;
    this.#settings = settings;
    this.#prompt = prompt;
  }

  /**
   * Answers synchronously if the token is in the cache.
   * @throws RequestFailure if there is no such account or the user refuses; else as `Grant.token`
   */
  accessToken(request: RequestOf<'access_token'>, client: Visitor): Answer | Promise<Answer> {
    const { account: name, scope, audience, min_valid_period = 0 } = request;
    const account = name === undefined ? undefined : this.#accounts.get(name);
    const ready = account?.confirm
      ? undefined
      : account?.grant.readyToken({ scope, audience }, min_valid_period);
    if (account !== undefined && ready !== undefined) return answerWith(account, ready, request);
    return this.#issueAccessToken(request, client);
  }

  async #issueAccessToken(request: RequestOf<'access_token'>, client: Visitor): Promise<Answer> {
    const account = await this.#find(request, client);
    const { scope, audience, min_valid_period = 0 } = request;
    if (account.confirm) {
      await this.#prompt.allow(
        `${applicant(request, client)} asks for an access token of ${described(account)}.`,
        client,
      );
    }
    const token = await account.grant.token({ scope, audience }, min_valid_period, client);
    return answerWith(account, token, request);
  }

  async idToken(request: RequestOf<'id_token'>, client: Visitor): Promise<Answer> {
    const account = await this.#find(request, client);
    if (!this.#settings.alwaysAllowIdToken && !account.alwaysAllowIdToken) {
      if (!hasDesktop()) throw idTokenForbidden(account, client);
      await this.#prompt.allow(
        `${applicant(request, client)} asks for an ID token of ${described(account)}. It shows who you are.`,
        client,
      );
    }
    const idToken = await account.grant.idToken(request.scope ?? 'openid', client);
    if (idToken === undefined) {
      throw new RequestFailure('The issuer gave no ID token', ['the account needs the scope openid']);
    }
    return { status: 'success', id_token: idToken.reveal(), issuer: account.grant.account.issuer_url };
  }

  async mytoken(request: RequestOf<'mytoken'>, client: Visitor): Promise<Answer> {
    const { account: name, has_terminal: hasTerminal } = request;
    if (name === undefined) throw new BadRequest('Bad Request: account is missing');
    const account = await this.#lookup.byName(name, { client, hasTerminal });
    const ask = (capabilities: string) =>
      this.#prompt.allow(
        `${applicant(request, client)} asks for a mytoken of ${described(account)}.${capabilities}`,
        client,
      );
    const { subMytoken } = await import('./for-c-clients/mytoken-requests.ts');
    const answer = await subMytoken(request, account.grant, ask, client.gone);
    const info = saveRemark(account).join('\n');
    return info === '' ? answer : { ...answer, info };
  }

  #find(request: RequestOf<'access_token' | 'id_token'>, client: Visitor): Promise<LoadedAccount> {
    const { account, issuer, has_terminal: hasTerminal } = request;
    if (account !== undefined) return this.#lookup.byName(account, { client, hasTerminal });
    if (issuer !== undefined) return this.#lookup.byIssuer(issuer, { client, hasTerminal });
    throw new RequestFailure(errorTexts.notImplemented);
  }
}

/** The answer that gives a client its token, with the warnings that go with it. */
export function answerWith(
  account: LoadedAccount,
  token: IssuedToken,
  { account: file, min_valid_period = 0, has_terminal }: RequestOf<'access_token'>,
): Answer {
  const { name } = account.grant.account;
  // The client may have asked by the name of the account's file.
  const otherName =
    file === undefined || file === name ? [] : [`the file '${file}' holds the account '${name}'`];
  const answer = {
    status: 'success',
    access_token: token.accessToken.reveal(),
    issuer: account.grant.account.issuer_url,
    expires_at: token.expiresAt ?? 0,
  } as const;
  // Warnings for the client that accompany its token.
  const remarks = [
    ...token.remarks,
    ...lifeRemark(token, min_valid_period),
    // Jobs would only fill their logs with these.
    ...(has_terminal ? clientRemarks(account.grant.account) : []),
  ];
  const warned = (lines: readonly string[]) => lines.map((line) => `warning: ${line}`);
  const lines = [...warned(otherName), ...saveRemark(account), ...warned(remarks)];
  return lines.length > 0 ? { ...answer, info: lines.join('\n') } : answer;
}

/**
 * Warns if every token of the issuer lives shorter than the client requires, so that each request fetches a new token
 * in vain.
 */
function lifeRemark({ expiresAt }: IssuedToken, minValid: number): string[] {
  const left = Math.round((expiresAt ?? Number.POSITIVE_INFINITY) - Date.now() / 1000);
  if (left >= minValid - 1) return [];
  return [
    `new tokens of this issuer are valid for ${left} s, never for the ${minValid} s that you asked for`,
  ];
}

/** The client by the name that it gives itself, which proves nothing. */
function applicant(
  { application_hint: name }: RequestOf<'access_token' | 'id_token' | 'mytoken'>,
  { door: { visitor } }: Visitor,
): string {
  return name === undefined ? visitor : `${visitor} that calls itself '${name}'`;
}

const described = ({ grant }: LoadedAccount) =>
  `the account '${grant.account.name}' (${grant.account.issuer_url})`;

function idTokenForbidden({ grant }: LoadedAccount, { door }: Visitor): RequestFailure {
  if (door !== ownerDoor) {
    return new RequestFailure(errorTexts.forbidden, ['the owner of this agent has not allowed ID tokens']);
  }
  return new RequestFailure(errorTexts.forbidden, [
    `an ID token shows who you are; to allow ID tokens: oidc-agent --always-allow-idtoken, or oidc-add --always-allow-idtoken ${shellQuote(grant.account.name)}`,
  ]);
}

/** Warns clients if the account's newest refresh token is in memory only. One line each. */
export function saveRemark({ grant }: LoadedAccount): string[] {
  if (grant.saveFailure === undefined) return [];
  return [
    `warning: the new refresh token of '${grant.account.name}' is not on disk yet: ${grant.saveFailure.message}`,
    hintLines([
      ...grant.saveFailure.hints,
      'the agent holds it and tries again by itself; do not stop the agent until then',
    ]),
  ];
}
