/** What can go wrong between a program and the agent, by a code that a program can act on. */
export type AgentErrorCode =
  /** No agent answers on the socket. */
  | 'unreachable'
  /** The agent took the request and did not answer in time. */
  | 'timeout'
  /** What came back is not an answer. */
  | 'malformed'
  /** There is no account of that name, or for that issuer. */
  | 'unknown-account'
  /** The account exists, but its password has to be given first. */
  | 'not-loaded'
  /** The agent is locked. */
  | 'locked'
  /** The person or the agent's settings said no. */
  | 'forbidden'
  /** The password of an account or of the lock is wrong. */
  | 'wrong-password'
  /** The issuer does not take the refresh token any more. */
  | 'login-needed'
  /** The agent cannot reach the issuer. */
  | 'issuer-unreachable'
  /** Agent or issuer are busy; the same request may work later. */
  | 'try-again'
  /** The caller gave up through its AbortSignal. */
  | 'aborted'
  /** Anything else that the agent reports. */
  | 'failed';

/** The exit code (sysexits.h) with which a program ends on an error. */
const EXIT_CODES: Readonly<Record<AgentErrorCode, number>> = {
  unreachable: 69,
  'issuer-unreachable': 69,
  timeout: 75,
  'try-again': 75,
  'not-loaded': 77,
  locked: 77,
  forbidden: 77,
  'wrong-password': 77,
  'login-needed': 77,
  'unknown-account': 1,
  malformed: 1,
  aborted: 1,
  failed: 1,
};

/** What the agents say, C's and ours; the first match counts. */
const CODES_BY_TEXT: readonly (readonly [RegExp, AgentErrorCode])[] = [
  [/^No account configured/, 'unknown-account'],
  [/^account not loaded/, 'not-loaded'],
  [/^Agent locked/, 'locked'],
  [/^operation forbidden|^user cancelled/, 'forbidden'],
  [/^wrong password/, 'wrong-password'],
  [/^invalid_grant\b|^invalid_token\b|^No or malformed refresh token/, 'login-needed'],
  [/^could not connect to url|^error with ssl cert|^reached timeout/, 'issuer-unreachable'],
  [
    /try again later|^'.*' is in use by |^temporarily_unavailable\b|^Received Http Status Code (408|429|5\d\d)/,
    'try-again',
  ],
];

/** The code for an agent's error text. */
export function codeOfText(text: string): AgentErrorCode {
  return CODES_BY_TEXT.find(([pattern]) => pattern.test(text))?.[1] ?? 'failed';
}

/** What every C program says when it got nothing back. */
export const NO_RESPONSE = 'did not receive any response';
/** What the others say when nobody listens. */
export const NOT_CONNECTED = 'Could not connect to oidc-agent';
export const START_AGENT = 'start an agent with: eval $(oidc-agent)';

/** A request that did not get what it asked for. The message is what the C programs print after `Error: `. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentErrorCode;
  /** What the agent adds to its error: an explanation, often with the next command. */
  readonly info: string | undefined;
  /** Why, and what to do next: one sentence each. */
  readonly hints: readonly string[];
  readonly exitCode: number;

  constructor(
    code: AgentErrorCode,
    message: string,
    about: {
      readonly info?: string | undefined;
      readonly hints?: readonly string[];
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, 'cause' in about ? { cause: about.cause } : {});
    this.code = code;
    this.info = about.info;
    this.hints = about.hints ?? [];
    this.exitCode = EXIT_CODES[code];
  }
}

/** The next command, for an error that the agent reports without an explanation. `account` is the one asked for. */
export function hintsFor(code: AgentErrorCode, account: unknown): string[] {
  const name = typeof account === 'string' ? account : 'NAME';
  switch (code) {
    case 'unknown-account':
      return ['list the accounts with: oidc-add -l', `make a new one with: oidc-gen ${name}`];
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
