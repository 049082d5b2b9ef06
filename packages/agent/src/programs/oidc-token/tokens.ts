/** The kinds of tokens that oidc-token gets. */
import type { AccessToken, TokenParameters, TokenSource } from '@jeton/client';
import { accessTokenIn, accessTokenRequest, tokenIn } from '@jeton/client/access-token';
import { infoOf } from '@jeton/client/conversation/answer';
import { type AskOptions, askAgent } from '../../client/ask-agent.ts';

/** The program that asks. */
export interface Requester extends Pick<AskOptions, 'autoStart' | 'remote'> {
  /** The name of the program that wants the token; the user may be asked for consent with it. */
  readonly applicationHint: string;
  /** The program can itself ask the user at a terminal for the password of an account: the agent need not open a window. */
  readonly hasTerminal: boolean;
}

/** A token for printing only, with the agent's remarks. */
export interface PlainToken {
  readonly token: string;
  readonly info: string | undefined;
}

/**
 * Asks the agent for an access token.
 * @throws AgentError
 */
export async function getAccessToken(
  source: TokenSource,
  parameters: TokenParameters,
  requester: Requester,
): Promise<AccessToken> {
  return accessTokenIn(
    await askAgent(accessTokenRequest({ ...source, ...parameters, ...requester }), requester),
  );
}

/**
 * Asks the agent for an ID token, which needs the user's consent. An ID token identifies the user to a client; it
 * grants no access.
 * @throws AgentError
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
 * Asks the agent for a mytoken, which needs the user's consent. Programs elsewhere can use it to get access tokens from
 * the mytoken server.
 *
 * @param profile its capabilities: the name of a profile of the server, or JSON; without it the agent chooses
 * @returns the mytoken, or a transfer code if the profile asks for one
 * @throws AgentError
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
