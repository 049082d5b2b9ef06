/** The error texts of agents and programs, and their meaning. */
import { FAILURE_KINDS } from '@jeton/protocol/answers';
import type { AgentErrorCode } from '../agent-error.ts';
import { shellQuote } from '../shell-quote.ts';

/**
 * The error texts of the agents, C's and ours; the first match wins. The compiled programs take the patterns over, as far as
 * packages/native/assembly/text/pattern.ts understands them.
 */
export const CODES_BY_TEXT: readonly (readonly [RegExp, AgentErrorCode])[] = [
  [/^No account configured/, 'unknown-account'],
  [/^account not loaded/, 'not-loaded'],
  [/^Agent locked/, 'locked'],
  [/^operation forbidden/, 'forbidden'],
  [/^user cancelled/, 'forbidden'],
  [/^wrong password/, 'wrong-password'],
  [/^invalid_grant\b/, 'login-needed'],
  [/^invalid_token\b/, 'login-needed'],
  [/^interaction_required\b/, 'login-needed'],
  [/^login_required\b/, 'login-needed'],
  [/^consent_required\b/, 'login-needed'],
  [/^No or malformed refresh token/, 'login-needed'],
  [/^could not connect to url/, 'issuer-unreachable'],
  [/^error with ssl cert/, 'issuer-unreachable'],
  [/^reached timeout/, 'issuer-unreachable'],
  [/try again later/, 'try-again'],
  [/^'.*' is in use by /, 'try-again'],
  [/^temporarily_unavailable\b/, 'try-again'],
  [/^Received Http Status Code 408/, 'try-again'],
  [/^Received Http Status Code 429/, 'try-again'],
  [/^Received Http Status Code 5\d\d/, 'try-again'],
];

/** The code for a failure: by the kind that the agent names, else by its text. An agent of the C suite names none. */
export function codeOfFailure(kind: unknown, text: string): AgentErrorCode {
  return FAILURE_KINDS.find((known) => known === kind) ?? codeOfText(text);
}

/** The code for an agent's error text. */
export function codeOfText(text: string): AgentErrorCode {
  return CODES_BY_TEXT.find(([pattern]) => pattern.test(text))?.[1] ?? 'failed';
}

/** The error text of the C programs for an empty answer. */
export const NO_RESPONSE = 'did not receive any response';
/** The error text of the other C programs if no agent listens. */
export const NOT_CONNECTED = 'Could not connect to oidc-agent';
export const START_AGENT = 'start an agent with: eval $(oidc-agent)';

/** Hints about an exchange that failed. */
export const NO_ANSWER = 'the agent closed the connection without an answer';
export const NOT_TAKEN =
  'the agent did not take the request: it may have too many clients at the moment; try again';
export const NOT_AN_AGENT = 'is OIDC_SOCK the socket of an oidc-agent?';
export const MAY_WAIT =
  'it may be waiting for the issuer, which can take a minute, or for you to answer a dialog; then try again';
export const noConnectionWithin = (seconds: number | string) =>
  `the agent took no connection within ${seconds} s; try again`;
export const noAnswerWithin = (seconds: number | string) =>
  `the agent took the request, but did not answer within ${seconds} s`;

/** The error texts for an answer that is none. */
export const NO_STATUS = 'The answer of the agent is not a JSON object with a status';
export const TOO_LONG = 'The answer of the agent is too long';
export const unusable = (member: string) => `The answer of the agent has no usable ${member}`;
/** ... and for a failure without an error text. */
export const NO_REASON = 'The agent does not say why';

/** The next command, for an error that the agent reports without an explanation. `account` is the one asked for. */
export function hintsFor(code: AgentErrorCode, account: unknown): string[] {
  const name = typeof account === 'string' ? shellQuote(account) : 'NAME';
  switch (code) {
    case 'unknown-account':
      return ['list the accounts with: oidc-add -l', `create a new one with: oidc-gen ${name}`];
    case 'not-loaded':
      return [`load the account with: oidc-add ${name}`];
    case 'locked':
      return ['unlock the agent with: oidc-add -X'];
    case 'login-needed':
      return [`log in again with: oidc-gen --reauthenticate ${name}`];
    case 'issuer-unreachable':
      return ['the agent cannot reach the issuer; check the network, then try again'];
    case 'try-again':
      return ['try again in a moment'];
    default:
      return [];
  }
}
