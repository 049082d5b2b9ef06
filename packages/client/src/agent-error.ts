/** The failures between a program and the agent, as codes that a program can act on. */
export type AgentErrorCode =
  /** No agent answers on the socket. */
  | 'unreachable'
  /** The agent took the request and did not answer in time. */
  | 'timeout'
  /** The reply is not a valid answer. */
  | 'malformed'
  /** No account has that name, or that issuer. */
  | 'unknown-account'
  /** The account exists, but its password has to be given first. */
  | 'not-loaded'
  /** The agent is locked. */
  | 'locked'
  /** The user or the agent's settings refused the request. */
  | 'forbidden'
  /** The password of an account or of the agent lock is wrong. */
  | 'wrong-password'
  /** The issuer no longer accepts the refresh token. */
  | 'login-needed'
  /** The agent cannot reach the issuer. */
  | 'issuer-unreachable'
  /** Agent or issuer are busy; the same request may work later. */
  | 'try-again'
  /** The caller gave up through its AbortSignal. */
  | 'aborted'
  /** Anything else that the agent reports. */
  | 'failed';

/** A failed request. The message is one line, in the words of the C suite where it has some. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentErrorCode;
  /**
   * The agent's additions to its error, a line for each hint: `hint: ...`.
   * @internal
   */
  readonly info: string | undefined;
  /**
   * The reason and the next step, if the agent adds nothing: one sentence each.
   * @internal
   */
  readonly hints: readonly string[];

  /** @internal */
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
  }

  /** The reason and the remedy for the user, usually a command: a line for each. Undefined if unknown. */
  get hint(): string | undefined {
    const lines =
      this.info
        ?.trimEnd()
        .split('\n')
        .map((line) => line.replace(/^hint: /, '')) ?? this.hints;
    return lines.length > 0 ? lines.join('\n') : undefined;
  }
}
