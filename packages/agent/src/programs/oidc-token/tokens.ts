/** The kinds of tokens that oidc-token gets. */
import type { AccessToken, TokenSource, TokenWish } from '@jeton/client';
import { accessTokenIn, accessTokenRequest, tokenIn } from '@jeton/client/access-token';
import { infoOf } from '@jeton/client/answer';
import { type AskOptions, askAgent } from '../../client/ask-agent.ts';

/** Who asks. */
export interface Requester extends Pick<AskOptions, 'autoStart' | 'remote'> {
  /** The name of the program that wants the token; a person may be asked for consent with it. */
  readonly applicationHint: string;
  /** The program can itself ask a person at a terminal for the password of an account: the agent need not open a window. */
  readonly hasTerminal: boolean;
}

/** A token that is only printed, and what the agent has to say about it. */
export interface PlainToken {
  readonly token: string;
  readonly info: string | undefined;
}

/** Asks the agent for an access token. Throws an AgentError. */
export async function getAccessToken(
  source: TokenSource,
  wish: TokenWish,
  requester: Requester,
): Promise<AccessToken> {
  return accessTokenIn(await askAgent(accessTokenRequest({ ...source, ...wish, ...requester }), requester));
}

/**
 * Asks the agent for an ID token, which it gives only with the person's consent. An ID token tells a client who logged
 * in; it is not made for access to anything. Throws an AgentError.
 */
export async function getIdToken(
  { account, issuer }: TokenSource,
  scope: string,
  requester: Requester,
): Promise<PlainToken> {
  const request = { request: 'id_token', account, issuer, scope: scope || undefined };
  const answer = await askAgent({ ...request, ...membersOf(requester) }, requester);
  return { token: tokenIn(answer, 'id_token'), info: infoOf(answer) };
}

/**
 * Asks the agent for a mytoken, which it gives only with the person's consent. Programs elsewhere can get access tokens with
 * it from the mytoken server. Throws an AgentError.
 *
 * @param profile what it may do: the name of a profile of the server, or JSON; the agent's choice without it
 * @returns the mytoken, or a transfer code if the profile asks for one
 */
export async function getMytoken(
  account: string,
  profile: string | undefined,
  requester: Requester,
): Promise<PlainToken> {
  const request = { request: 'mytoken', account, mytoken_profile: profile || undefined };
  const answer = await askAgent({ ...request, ...membersOf(requester) }, requester);
  const member = answer.mytoken === undefined ? 'transfer_code' : 'mytoken';
  return { token: tokenIn(answer, member), info: infoOf(answer) };
}

function membersOf({ applicationHint, hasTerminal }: Requester) {
  return { application_hint: applicationHint || undefined, has_terminal: hasTerminal ? 1 : undefined };
}
