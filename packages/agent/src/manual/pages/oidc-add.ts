import { program } from '../../programs/oidc-add/command-line.ts';
import type { Manual } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    'Loads accounts that oidc-gen created into the agent, or unloads them. Name an account by its short name, or by the URL of its issuer, which stands for the default account of that issuer.',
    'A locked agent gives no tokens until you unlock it with the same password. Until then, its accounts are encrypted in its memory.',
    'oidc-add decrypts the file of the account with its password, which it asks for at the terminal unless an option gives it. The agent then gets a token from the issuer, as a test. oidc-add leaves an account that is loaded as it is.',
  ],
  environment: [
    'OIDC_SOCK',
    'OIDC_REMOTE_SOCK',
    'OIDC_ENCRYPTION_PW',
    'OIDC_CONFIG_DIR',
    'OIDC_USER_CONFIG',
    'HOME',
    'NO_COLOR',
    'OIDC_AGENT_NOCOLOR',
  ],
  files: [
    '~/.config/oidc-agent',
    '~/.config/oidc-agent/NAME',
    '~/.config/oidc-agent/config',
    '~/.config/oidc-agent/issuer.config',
  ],
  examples: [
    ['oidc-add wlcg', 'Load the account wlcg.'],
    ['oidc-add -t 28800 wlcg', 'The same, for eight hours.'],
    ['oidc-add -l', 'List all accounts.'],
    ['oidc-add -a', 'List the loaded accounts.'],
    ['oidc-add -r wlcg', 'Unload it.'],
    ['oidc-add -x', 'Lock the agent.'],
  ],
  seeAlso: ['oidc-agent', 'oidc-gen', 'oidc-token'],
};
