import { AgentError } from './agent-error.ts';
import { type Answer, infoOf } from './answer.ts';
import { type ExchangeOptions, exchange } from './exchange.ts';

/** Whose token: that of an account by its short name, or that of the issuer's default account. */
export type TokenSource =
  | { readonly account: string; readonly issuer?: undefined }
  | { readonly issuer: string; readonly account?: undefined };

export type AccessTokenRequest = TokenSource &
  ExchangeOptions & {
    /** Scopes, separated by spaces, to narrow the token to; without them it has those of the account. */
    readonly scope?: string | undefined;
    /** Audiences, separated by spaces. */
    readonly audience?: string | undefined;
    /** Seconds for which the token has to be valid at least; 0 by default. */
    readonly minValidPeriod?: number | undefined;
    /** Have the issuer make a new token, however long the one at hand is still valid. */
    readonly forceNew?: boolean | undefined;
    /** The name of the program that wants the token; a person may be asked for consent with it. */
    readonly applicationHint?: string | undefined;
    /** The program can itself ask a person at a terminal for the password of an account: the agent need not open a window. */
    readonly hasTerminal?: boolean | undefined;
  };

export type IdTokenRequest = TokenSource &
  ExchangeOptions & {
    readonly scope?: string | undefined;
    readonly applicationHint?: string | undefined;
    readonly hasTerminal?: boolean | undefined;
  };

export type MytokenRequest = ExchangeOptions & {
  /** The short name of an account of a mytoken server. */
  readonly account: string;
  /** What it may do: the name of a profile of the server, or JSON; the agent's choice without it. */
  readonly profile?: string | undefined;
  readonly applicationHint?: string | undefined;
  readonly hasTerminal?: boolean | undefined;
};

export interface AccessToken {
  readonly token: string;
  /** Empty when the agent does not say. */
  readonly issuer: string;
  /** Seconds since 1970; 0 when the agent does not know. */
  readonly expiresAt: number;
  /** What the agent has to say about the token, e.g. that it is narrower than asked for. */
  readonly info: string | undefined;
}

export interface IdToken {
  readonly token: string;
  readonly issuer: string;
  readonly info: string | undefined;
}

export interface Mytoken {
  /** The mytoken, or a transfer code if the profile asks for one. */
  readonly token: string;
  /** Seconds since 1970; 0 when it does not expire. */
  readonly expiresAt: number;
  readonly info: string | undefined;
}

/** In a request, the agents' way to say that the token has to be a new one. */
const FORCE_NEW = -1;

/**
 * Asks the agent for an access token.
 *
 * @throws AgentError
 */
export async function getAccessToken(request: AccessTokenRequest): Promise<AccessToken> {
  const {
    account,
    issuer,
    scope,
    audience,
    minValidPeriod = 0,
    forceNew,
    applicationHint,
    hasTerminal,
    ...options
  } = request;
  const answer = await exchange(
    {
      request: 'access_token',
      min_valid_period: forceNew ? FORCE_NEW : minValidPeriod,
      account,
      issuer,
      scope: scope || undefined,
      application_hint: applicationHint || undefined,
      has_terminal: hasTerminal ? 1 : undefined,
      audience: audience || undefined,
    },
    options,
  );
  return {
    token: tokenOf(answer, 'access_token'),
    issuer: issuerOf(answer),
    expiresAt: expiryOf(answer),
    info: infoOf(answer),
  };
}

/**
 * Asks the agent for an ID token, which it gives only with the person's consent. An ID token tells a client who logged
 * in; it is not made for access to anything.
 *
 * @throws AgentError
 */
export async function getIdToken(request: IdTokenRequest): Promise<IdToken> {
  const { account, issuer, scope, applicationHint, hasTerminal, ...options } = request;
  const answer = await exchange(
    {
      request: 'id_token',
      account,
      issuer,
      scope: scope || undefined,
      application_hint: applicationHint || undefined,
      has_terminal: hasTerminal ? 1 : undefined,
    },
    options,
  );
  return { token: tokenOf(answer, 'id_token'), issuer: issuerOf(answer), info: infoOf(answer) };
}

/**
 * Asks the agent for a mytoken, which it gives only with the person's consent. Programs elsewhere can get access tokens with
 * it from the mytoken server.
 *
 * @throws AgentError
 */
export async function getMytoken(request: MytokenRequest): Promise<Mytoken> {
  const { account, profile, applicationHint, hasTerminal, ...options } = request;
  const answer = await exchange(
    {
      request: 'mytoken',
      account,
      mytoken_profile: profile || undefined,
      application_hint: applicationHint || undefined,
      has_terminal: hasTerminal ? 1 : undefined,
    },
    options,
  );
  const member = answer.mytoken === undefined ? 'transfer_code' : 'mytoken';
  return { token: tokenOf(answer, member), expiresAt: expiryOf(answer), info: infoOf(answer) };
}

/**
 * The short names of the accounts that are loaded, in the agent's order.
 *
 * @throws AgentError
 */
export async function getLoadedAccounts(options: ExchangeOptions = {}): Promise<string[]> {
  const { info } = await exchange({ request: 'loaded_accounts' }, options);
  if (Array.isArray(info) && info.every((name) => typeof name === 'string')) return info;
  throw new AgentError('malformed', 'The answer of the agent has no list of accounts');
}

/** A token goes into HTTP headers and shell lines: nothing but visible ASCII (RFC 6750, section 2.1). */
function tokenOf(answer: Answer, member: 'access_token' | 'id_token' | 'mytoken' | 'transfer_code'): string {
  const token = answer[member];
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new AgentError('malformed', `The answer of the agent has no usable ${member}`);
}

function issuerOf({ issuer }: Answer): string {
  if (issuer === undefined || issuer === null) return '';
  if (typeof issuer === 'string' && !/[\s\p{Cc}]/u.test(issuer)) return issuer;
  throw new AgentError('malformed', 'The answer of the agent has no usable issuer');
}

/** The C agent writes some of its numbers as strings. */
function expiryOf({ expires_at: expiresAt }: Answer): number {
  const seconds = Number(expiresAt ?? 0);
  if (Number.isSafeInteger(seconds) && seconds >= 0) return seconds;
  throw new AgentError('malformed', 'The answer of the agent has no usable expires_at');
}
