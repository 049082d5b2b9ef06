import { program } from '../../programs/oidc-keychain/command-line.ts';
import type { Manual } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    'Finds the agent that all shells share, or starts it, and loads accounts into it. The output is for eval, like that of oidc-agent-service.',
  ],
  environment: ['OIDC_SOCK', 'OIDC_CONFIG_DIR', 'TMPDIR'],
  files: [
    '~/.config/oidc-agent/NAME',
    '~/.config/oidc-agent/oidc-agent-service.options',
    '/etc/oidc-agent/oidc-agent-service.options',
  ],
  examples: [
    ['eval "$(oidc-keychain)"', 'Find the agent, or start it.'],
    ['eval "$(oidc-keychain --accounts wlcg)"', 'The same, and load the account wlcg.'],
    ['eval "$(oidc-keychain -k)"', 'Stop it.'],
  ],
  seeAlso: ['oidc-agent', 'oidc-agent-service', 'oidc-add'],
};
