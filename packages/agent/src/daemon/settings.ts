/** How an agent was started. */
export interface AgentSettings {
  /** The absolute paths of its sockets. Clients are told the first. */
  readonly socketPaths: readonly [string, ...string[]];
  /** A folder that was made for the socket alone, and that goes with it. */
  readonly socketFolder?: string | undefined;
  /** Seconds after which it looks whether its sockets are still there. */
  readonly socketCheckSeconds: number;
  /** Seconds after which a loaded account is forgotten, unless it was loaded with its own; 0 is never. */
  readonly lifetime: number;
  /** Whether asking for a token may load the account. */
  readonly autoload: boolean;
  /** Whether an ID token is given without asking the person. */
  readonly alwaysAllowIdToken: boolean;
  /** Whether the person is asked each time a program wants a token. */
  readonly confirm?: boolean | undefined;
  /** A shell command that prints the password of an account that is loaded because a token is asked for. */
  readonly pwCmd?: string | undefined;
  /** Whether a login may come back to a server of the agent, or by the custom scheme. */
  readonly webserver: boolean;
  readonly customScheme: boolean;
  /** A PEM file with the certification authorities to trust in logins that name none. */
  readonly certPath?: string | undefined;
  /** A group whose members get tokens at a socket of their own: see `groupSocketOf`. */
  readonly group?: Group | undefined;
  /** Where the process id is written. */
  readonly pidFile?: string | undefined;
  /** Whether the agent runs in the foreground. */
  readonly console: boolean;
  /** Whether all requests and calls to issuers are logged. */
  readonly debug?: boolean | undefined;
  /** Whether what is logged goes to stderr, too. */
  readonly logStderr?: boolean | undefined;
  /** Whether it makes way for the new program when its own is replaced. */
  readonly restartOnUpdate?: boolean | undefined;
  /** Whether it takes the place of one that listens there, and gets what that holds. */
  readonly takesOver?: boolean | undefined;
  /** Whether it ends with the program that has started it. */
  readonly endsWithStarter?: boolean | undefined;
}

/** A group of the system. */
export interface Group {
  readonly name: string;
  readonly id: number;
}
