import { program } from '../../programs/oidc-agent/command-line.ts';
import { ACCOUNT_FILES, type Manual, NETWORK_VARIABLES } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    "Holds a user's accounts in memory and gives access tokens to the user's programs, which ask with oidc-token. The agent keeps tokens while they are valid, and then refreshes them.",
    'Without options, oidc-agent starts the one agent of its user, or finds it if it runs: its socket is where every program looks when OIDC_SOCK is not set. With any option but --json, it starts another agent, and prints shell commands that set its socket.',
    'The agent runs in the background. When the command returns, the agent is ready. It ends with the option --kill, SIGTERM or SIGINT.',
    'When the issuer replaces a refresh token, the agent writes the new one to the file of the account before it gives out the access token that came with it.',
  ],
  environment: [
    'OIDC_SOCK',
    'OIDCD_PID',
    'XDG_RUNTIME_DIR',
    'TMPDIR',
    'OIDC_CONFIG_DIR',
    'OIDC_USER_CONFIG',
    'HOME',
    ...NETWORK_VARIABLES,
  ],
  files: ACCOUNT_FILES,
  examples: [
    ['oidc-agent', 'Start the agent that every shell finds.'],
    ['oidc-agent -k', 'End it.'],
    [
      'eval $(oidc-agent -t 3600)',
      'Start another one for this shell, which forgets each account after an hour.',
    ],
    ['oidc-agent --status', 'Print the settings and accounts of the running agent.'],
  ],
  seeAlso: ['oidc-gen', 'oidc-add', 'oidc-token'],
};
