import { program } from '../../programs/oidc-add/command-line.ts';
import type { Manual } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    'Loads accounts that oidc-gen has made into the agent, and unloads them. An account is named by its short name, or by the URL of its issuer, which stands for the default account of that issuer.',
    'A locked agent gives nothing until it is unlocked with the same password; what it held is meanwhile encrypted in its memory.',
    'The file of the account is decrypted with its password, which is asked for at the terminal unless an option says where it is. The agent then tries whether the issuer gives a token. An account that is loaded already is left as it is.',
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
    ['oidc-add -l', 'List the accounts that there are.'],
    ['oidc-add -a', 'List those that are loaded.'],
    ['oidc-add -r wlcg', 'Unload it.'],
    ['oidc-add -x', 'Lock the agent.'],
  ],
  seeAlso: ['oidc-agent', 'oidc-gen', 'oidc-token'],
};
