/** The content of a manual page beyond the options, which come from the program's table. */
import type { ProgramSpec } from '../command-line/options.ts';

export interface Manual {
  readonly program: ProgramSpec;
  /** Subcommands, each with a table of its own. */
  readonly commands?: readonly { readonly summary: string; readonly program: ProgramSpec }[];
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly environment: readonly (keyof typeof variables)[];
  readonly files: readonly (keyof typeof files)[];
  /** Those of exitCodes that the program has; all if it does not say. */
  readonly exitCodes?: readonly (keyof typeof exitCodes)[];
  /** Command lines with an explanation. */
  readonly examples: readonly (readonly [command: string, explanation: string])[];
  /** Pages of section 1. */
  readonly seeAlso: readonly string[];
}

/** The environment variables of the suite. */
export const variables = {
  OIDC_SOCK: 'The socket of the agent. Without it, the one that every shell finds.',
  OIDCD_PID: 'The process id of the agent.',
  OIDC_CONFIG_DIR: 'The agent directory, which holds accounts and configuration.',
  OIDC_USER_CONFIG:
    'The file to read instead of config in the agent directory; /dev/null stands for no file.',
  OIDC_ENCRYPTION_PW: 'The password of an account, for --pw-env without an argument.',
  OIDC_AGENT_AUTOSTART: 'With the value 1, a program that finds no agent starts one.',
  OIDC_AGENT_NOCOLOR:
    'Turns colours off; with the value 0 it turns them on, also where there is no terminal.',
  NO_COLOR: 'Turns colours off.',
  HOME: 'Where the agent directory is if OIDC_CONFIG_DIR is not set.',
  OIDC_REMOTE_SOCK:
    'HOST or HOST:PORT of an agent on another computer, for oidc-add --remote, and for oidc-token when the agent here has no such account.',
  TMPDIR: 'Where the socket is if XDG_RUNTIME_DIR is not set; /tmp if it is not set, either.',
  XDG_RUNTIME_DIR: 'Where the socket is that every shell finds.',
  DISPLAY: 'The desktop on which windows are shown.',
  WAYLAND_DISPLAY: 'The same, on Wayland.',
  XDG_CURRENT_DESKTOP: 'Which kind of desktop it is: kdialog is used on KDE.',
  SSH_CONNECTION: 'Set in a session from elsewhere, where no browser is opened.',
  OIDC_AGENT: 'The program that is the agent, if not this one.',
  OIDC_AGENT_OPTS: 'Options for the agent, separated by spaces.',
  OIDC_AGENT_RESTART_WITH_SAME_OPTS:
    'True, the default: restart keeps the options that the running agent has.',
  START_AGENT_WITH_XSESSION: 'True, the default: start-from-x starts the agent.',
  BEARER_TOKEN_FILE: 'The file that holds the token.',
  SHELL: 'What is run if no command is given.',
  https_proxy: 'The proxy through which issuers are reached.',
  no_proxy: 'Hosts that are reached without it.',
  SSL_CERT_FILE: "A PEM file with the certification authorities to trust in place of the system's.",
  SSL_CERT_DIR: 'A folder with more of them, named as by openssl rehash.',
  IAM_HOSTNAME: 'The issuer, as a URL or the name of a host.',
  IAM_CLIENT_ID: 'The client. For device-code, IAM_DEVICE_CODE_CLIENT_ID counts before it.',
  IAM_CLIENT_SECRET: 'The secret of the client that IAM_CLIENT_ID names.',
  IAM_CLIENT_SCOPES: 'The scopes to ask for.',
  IAM_CLIENT_AUDIENCE: 'The audience to ask for.',
  IAM_USER: 'The user name, for password.',
  IAM_PASSWORD: 'The password, for password.',
  REFRESH_TOKEN: 'The refresh token, for refresh.',
  IAM_SUBJECT_TOKEN: 'The token to exchange, for exchange.',
} as const;

/** The files of the suite, in the agent directory; those of the same name in /etc/oidc-agent apply to every user. */
export const files = {
  '~/.config/oidc-agent': 'The agent directory. If it does not exist, ~/.oidc-agent.',
  '~/.config/oidc-agent/NAME': 'The account NAME, encrypted.',
  '~/.config/oidc-agent/config': 'How the programs behave without options.',
  '~/.config/oidc-agent/issuer.config': 'What is known about issuers, and which accounts are for which.',
  '~/.config/oidc-agent/custom_parameters.config':
    'What to send to issuers beside what the protocol asks for.',
  '~/.config/oidc-agent/oidc-agent-service.options': 'Sets these variables, as a shell script.',
  '/etc/oidc-agent/oidc-agent-service.options': 'The same, for everybody; it is read after the first.',
  '/etc/oidc-agent': 'Configuration files for everybody.',
} as const;

/** The exit codes of the programs (sysexits.h). */
export const exitCodes = {
  0: 'It is done.',
  1: 'Any failure that nothing below describes.',
  64: 'The command line is wrong.',
  69: 'There is no agent, or the issuer cannot be reached.',
  75: 'Agent or issuer are busy or in trouble: the same command may work later.',
  77: 'A wrong password, an account that is not loaded, a refusal, or a new login is needed.',
  78: 'A configuration file cannot be understood.',
  130: 'Broken off with Ctrl-C.',
} as const;
