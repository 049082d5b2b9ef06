/** The settings with which an agent was started. */
export interface AgentSettings {
  /** The absolute paths of its sockets. Clients get the first one. */
  readonly socketPaths: readonly [string, ...string[]];
  /** A folder that was made for the socket alone, and that goes with it. */
  readonly socketFolder?: string | undefined;
  /** Seconds after which it looks whether its sockets are still there. */
  readonly socketCheckSeconds: number;
  /** Seconds after which a loaded account is forgotten, unless it was loaded with its own; 0 is never. */
  readonly lifetime: number;
  /** Whether asking for a token may load the account. */
  readonly autoload: boolean;
  /** Whether the agent gives ID tokens without asking the user. */
  readonly alwaysAllowIdToken: boolean;
  /** Whether the agent asks the user each time a program requests a token. */
  readonly confirm?: boolean | undefined;
  /** A shell command that prints the password of an account, for loading it on a request for a token. */
  readonly pwCmd?: string | undefined;
  /** Whether a login may come back to a server of the agent, or by the custom scheme. */
  readonly webserver: boolean;
  readonly customScheme: boolean;
  /** A PEM file with the certificate authorities to trust in logins that name none. */
  readonly certPath?: string | undefined;
  /** A group whose members can get tokens from a socket of their own: see `groupSocketOf`. */
  readonly group?: Group | undefined;
  /** The path of the PID file. */
  readonly pidFile?: string | undefined;
  /** Whether the agent runs in the foreground. */
  readonly console: boolean;
  /** Whether all requests and calls to issuers are logged. */
  readonly debug?: boolean | undefined;
  /** Whether the log also goes to stderr. */
  readonly logStderr?: boolean | undefined;
  /** Whether it makes way for the new program when its own is replaced. */
  readonly restartOnUpdate?: boolean | undefined;
  /** Whether it replaces the agent that listens there, and receives its accounts. */
  readonly takesOver?: boolean | undefined;
  /** Whether it ends with the program that has started it. */
  readonly endsWithStarter?: boolean | undefined;
}

/** A group of the system. */
export interface Group {
  readonly name: string;
  readonly id: number;
}
