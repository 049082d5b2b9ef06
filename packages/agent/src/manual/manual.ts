/** The content of a manual page beyond the options, which come from the program's table. */
import type { ProgramSpec } from '../command-line/option-table.ts';

export interface Manual {
  readonly program: ProgramSpec;
  /** The name and version at the foot of the page, by default those of the suite. */
  readonly system?: string;
  /** Subcommands, each with its option table. */
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
  OIDC_SOCK: 'The socket of the agent (default: the socket that every shell finds).',
  OIDCD_PID: 'The process ID of the agent.',
  OIDC_CONFIG_DIR: 'The agent directory, which holds accounts and configuration.',
  OIDC_USER_CONFIG: 'The file to read instead of config in the agent directory; /dev/null means no file.',
  OIDC_ENCRYPTION_PW: 'The password of an account, for --pw-env without an argument.',
  OIDC_AGENT_AUTOSTART: 'With the value 1, a program that finds no agent starts one.',
  OIDC_AGENT_NOCOLOR: 'Turns colours off. The value 0 turns them on, even without a terminal.',
  NO_COLOR: 'Turns colours off.',
  HOME: 'The agent directory is in this folder, unless OIDC_CONFIG_DIR is set.',
  OIDC_REMOTE_SOCK:
    'HOST or HOST:PORT of an agent on another computer, for oidc-add --remote, and for oidc-token when the local agent does not have the account.',
  TMPDIR: 'The folder of the socket if XDG_RUNTIME_DIR is not set (default: /tmp).',
  XDG_RUNTIME_DIR: 'The folder of the socket that every shell finds.',
  DISPLAY: 'The desktop that shows windows.',
  WAYLAND_DISPLAY: 'The same, on Wayland.',
  XDG_CURRENT_DESKTOP: 'The kind of desktop; on KDE, the programs use kdialog.',
  SSH_CONNECTION: 'Set in an SSH session, in which the programs open no browser.',
  OIDC_AGENT: 'The agent program to start instead of this oidc-agent.',
  OIDC_AGENT_OPTS: 'Options for the agent, separated by spaces.',
  OIDC_AGENT_RESTART_WITH_SAME_OPTS:
    'With True, the default, restart keeps the options of the running agent.',
  START_AGENT_WITH_XSESSION: 'With True, the default, start-from-x starts the agent.',
  BEARER_TOKEN_FILE: 'The file that holds the token.',
  SHELL: 'The program to run if no command is given.',
  https_proxy: 'The proxy for connections to issuers.',
  no_proxy: 'Hosts to reach without the proxy.',
  SSL_CERT_FILE: "A PEM file with the certificate authorities to trust instead of the system's.",
  SSL_CERT_DIR: 'A folder with more certificate authorities, named as openssl rehash does.',
  IAM_HOSTNAME: 'The issuer, as a URL or a host name.',
  IAM_CLIENT_ID: 'The client ID. The command device-code prefers IAM_DEVICE_CODE_CLIENT_ID.',
  IAM_CLIENT_SECRET: 'The secret of the client in IAM_CLIENT_ID.',
  IAM_CLIENT_SCOPES: 'The scopes to request.',
  IAM_CLIENT_AUDIENCE: 'The audience to request.',
  IAM_USER: 'The user name for the command password.',
  IAM_PASSWORD: 'The password for the command password.',
  REFRESH_TOKEN: 'The refresh token for the commands refresh and revoke.',
  IAM_SUBJECT_TOKEN: 'The token to exchange for the command exchange.',
} as const;

/** The files of the suite, in the agent directory; those of the same name in /etc/oidc-agent apply to every user. */
export const files = {
  '~/.config/oidc-agent': 'The agent directory. If it does not exist, it is ~/.oidc-agent.',
  '~/.config/oidc-agent/NAME': 'The account NAME, encrypted.',
  '~/.config/oidc-agent/config': 'Defaults for the options of the programs.',
  '~/.config/oidc-agent/issuer.config': 'Settings of issuers, and the accounts of each issuer.',
  '~/.config/oidc-agent/custom_parameters.config': 'Parameters to add to requests to issuers.',
  '~/.config/oidc-agent/oidc-agent-service.options': 'A shell script that sets these variables.',
  '/etc/oidc-agent/oidc-agent-service.options': 'The same for all users; read after the first.',
  '/etc/oidc-agent': 'Configuration files for all users.',
} as const;

/** The environment variables of every program that connects to issuers. */
export const NETWORK_VARIABLES = ['https_proxy', 'no_proxy', 'SSL_CERT_FILE', 'SSL_CERT_DIR'] as const;

/** The files of the programs that make accounts and get tokens for them. */
export const ACCOUNT_FILES = [
  '~/.config/oidc-agent',
  '~/.config/oidc-agent/NAME',
  '~/.config/oidc-agent/config',
  '~/.config/oidc-agent/issuer.config',
  '~/.config/oidc-agent/custom_parameters.config',
  '/etc/oidc-agent',
] as const;

/** The exit codes of the programs (sysexits.h). */
export const exitCodes = {
  0: 'Success.',
  1: 'Any other failure.',
  64: 'The command line is wrong.',
  69: 'No agent runs, or the issuer cannot be reached.',
  75: 'The agent or the issuer is busy or has a problem: the same command may work later.',
  77: 'The password is wrong, the account is not loaded, the user or issuer refused, or a new login is needed.',
  78: 'A configuration file is malformed.',
  130: 'Interrupted with Ctrl-C.',
} as const;
