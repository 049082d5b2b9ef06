/** The error texts of agents and programs, and their meaning. */
import { FAILURE_KINDS } from '@jeton/protocol/answers';
import type { AgentErrorCode } from '../agent-error.ts';
import { shellQuote } from '../shell-quote.ts';

/** The error texts of the agents, C's and ours; the first match wins. */
const CODES_BY_TEXT: readonly (readonly [RegExp, AgentErrorCode])[] = [
  [/^No account configured/, 'unknown-account'],
  [/^account not loaded/, 'not-loaded'],
  [/^Agent locked/, 'locked'],
  [/^operation forbidden|^user cancelled/, 'forbidden'],
  [/^wrong password/, 'wrong-password'],
  [
    /^(?:invalid_grant|invalid_token|interaction_required|login_required|consent_required)\b|^No or malformed refresh token/,
    'login-needed',
  ],
  [/^could not connect to url|^error with ssl cert|^reached timeout/, 'issuer-unreachable'],
  [
    /try again later|^'.*' is in use by |^temporarily_unavailable\b|^Received Http Status Code (408|429|5\d\d)/,
    'try-again',
  ],
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
