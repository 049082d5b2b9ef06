import { program } from '../../programs/oidc-agent/command-line.ts';
import type { Manual } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    'Holds accounts in memory and gives access tokens to the programs of its owner, who ask for them with oidc-token. Tokens are kept as long as they are valid, and refreshed when they are not.',
    'An agent that is started without options of its own is the one agent of its user: it listens where every program looks when OIDC_SOCK is not set, and starting it again finds it. With other options than --json it is another one, whose place is told by the shell commands that are printed.',
    'The agent is a process of its own. When the command returns, it listens. It ends with the option --kill, SIGTERM or SIGINT.',
    'A refresh token that the issuer replaces is written to the file of its account before the access token that came with it is given out.',
  ],
  environment: [
    'OIDC_SOCK',
    'OIDCD_PID',
    'XDG_RUNTIME_DIR',
    'TMPDIR',
    'OIDC_CONFIG_DIR',
    'OIDC_USER_CONFIG',
    'HOME',
    'https_proxy',
    'no_proxy',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
  ],
  files: [
    '~/.config/oidc-agent',
    '~/.config/oidc-agent/NAME',
    '~/.config/oidc-agent/config',
    '~/.config/oidc-agent/issuer.config',
    '~/.config/oidc-agent/custom_parameters.config',
    '/etc/oidc-agent',
  ],
  examples: [
    ['oidc-agent', 'Start the agent that every shell finds.'],
    ['oidc-agent -k', 'End it.'],
    [
      'eval $(oidc-agent -t 3600)',
      'Start another one, for this shell, which forgets accounts after an hour.',
    ],
    ['oidc-agent --status', 'Ask the running agent for its settings and accounts.'],
  ],
  seeAlso: ['oidc-gen', 'oidc-add', 'oidc-token'],
};
