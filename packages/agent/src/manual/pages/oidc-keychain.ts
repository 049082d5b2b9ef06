import { program } from '../../programs/oidc-keychain/command-line.ts';
import type { Manual } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    'Starts the one agent of all shells, or finds the one that runs, and loads accounts into it. The output is for eval, as that of oidc-agent-service, which does the work.',
  ],
  environment: ['OIDC_SOCK', 'OIDC_CONFIG_DIR', 'TMPDIR'],
  files: [
    '~/.config/oidc-agent/NAME',
    '~/.config/oidc-agent/oidc-agent-service.options',
    '/etc/oidc-agent/oidc-agent-service.options',
  ],
  examples: [
    ['eval "$(oidc-keychain)"', 'Start the agent, or find it.'],
    ['eval "$(oidc-keychain --accounts wlcg)"', 'And load the account wlcg.'],
    ['eval "$(oidc-keychain -k)"', 'End it.'],
  ],
  seeAlso: ['oidc-agent', 'oidc-agent-service', 'oidc-add'],
};
