/** The settings with which an agent was started. */
export interface AgentSettings {
  /** The absolute paths of its sockets. Clients get the first one. */
  readonly socketPaths: readonly [string, ...string[]];
  /** A folder that was made for the socket alone: the agent removes it with the socket. */
  readonly socketFolder?: string | undefined;
  /**
   * The descriptors of these sockets, if systemd has made them: the agent listens at them as they are, and neither makes nor removes
   * their files.
   */
  readonly systemdSockets?: readonly number[] | undefined;
  /** Seconds between two checks that the sockets are still there. */
  readonly socketCheckSeconds: number;
  /** Seconds after which the agent unloads an account that was loaded without a lifetime of its own; 0 is never. */
  readonly lifetime: number;
  /** Whether a request for a token may load the account. */
  readonly autoload: boolean;
  /** Whether the agent gives ID tokens without asking the user. */
  readonly alwaysAllowIdToken: boolean;
  /** Whether the agent asks the user each time a program requests a token. */
  readonly confirm?: boolean | undefined;
  /** A shell command that prints the password of an account, for loading it on a request for a token. */
  readonly pwCmd?: string | undefined;
  /** Whether a login may return to a web server of the agent, and by the custom scheme. */
  readonly webserver: boolean;
  readonly customScheme: boolean;
  /** A PEM file or folder with the certificate authorities to trust in logins that name none. */
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
  /** Whether the agent goes on with a new version of its program as soon as one is installed (docs/oidc-agent.md, "Updates"). */
  readonly restartOnUpdate?: boolean | undefined;
  /**
   * Seconds without a request that needs Node after which the agent sleeps (docs/sleeping-agent.md); undefined for an agent that never does.
   */
  readonly sleepAfterSeconds?: number | undefined;
  /** The process that clients know, where that is not this one. */
  readonly pid?: number | undefined;
  /** How many Node programs of a sleeping agent have died. */
  readonly deaths?: number | undefined;
  /** Whether the agent ends with the program that started it. */
  readonly endsWithStarter?: boolean | undefined;
}

/** A group of the system. */
export interface Group {
  readonly name: string;
  readonly id: number;
}
