/** Builds a request for a token, and checks the answer. */
import { AgentError } from './agent-error.ts';
import { unusable } from './conversation/agent-texts.ts';
import { type Answer, infoOf } from './conversation/answer.ts';
import type { Request } from './conversation/exchange.ts';
import type { AccessToken, TokenParameters, TokenSource } from './token.ts';

/** The `min_valid_period` of a request for a new token. */
export const FORCE_NEW = -1;

/** The request for an access token, its members in the order of the C library. */
export function accessTokenRequest(
  parameters: TokenSource & TokenParameters & { hasTerminal?: boolean },
): Request {
  return {
    request: 'access_token',
    min_valid_period: parameters.forceNew ? FORCE_NEW : (parameters.minValid ?? 0),
    account: parameters.account,
    issuer: parameters.issuer,
    scope: parameters.scope || undefined,
    application_hint: parameters.applicationHint || undefined,
    has_terminal: parameters.hasTerminal ? 1 : undefined,
    audience: parameters.audience || undefined,
  };
}

/**
 * The access token in an answer.
 * @throws AgentError `malformed`
 */
export function accessTokenIn(answer: Answer): AccessToken {
  return {
    token: tokenIn(answer, 'access_token'),
    issuer: issuerIn(answer),
    expiresAt: expiryIn(answer),
    info: infoOf(answer),
  };
}

/**
 * A token goes into HTTP headers and shell lines: nothing but visible ASCII (RFC 6750, section 2.1).
 * @throws AgentError `malformed`
 */
export function tokenIn(
  answer: Answer,
  member: 'access_token' | 'id_token' | 'mytoken' | 'transfer_code',
): string {
  const token = answer[member];
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new AgentError('malformed', unusable(member));
}

/** Spaces, and characters that a terminal obeys or does not show. No URL has any of them. */
const NO_ADDRESS = /[\s\p{Cc}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f]/u;

function issuerIn({ issuer }: Answer): string {
  if (issuer === undefined || issuer === null) return '';
  if (typeof issuer === 'string' && !NO_ADDRESS.test(issuer)) return issuer;
  throw new AgentError('malformed', unusable('issuer'));
}

/** The C agent writes some of its numbers as strings. */
function expiryIn({ expires_at: expiresAt }: Answer): number {
  const isText = typeof expiresAt === 'string' && /^\d*$/.test(expiresAt);
  const seconds = isText ? Number(expiresAt) : (expiresAt ?? 0);
  if (typeof seconds === 'number' && Number.isSafeInteger(seconds) && seconds >= 0) return seconds;
  throw new AgentError('malformed', unusable('expires_at'));
}
