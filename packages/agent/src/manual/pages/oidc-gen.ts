import { program } from '../../programs/oidc-gen/command-line.ts';
import type { Manual } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    'Makes accounts: registers a client at an issuer, has the person log in, and stores client and refresh token in an encrypted file. This is done once for an account; from then on oidc-add loads it.',
    'What no option says is asked for at the terminal. An agent must run, to which the new account is handed. The login is in a browser on this computer where there is a desktop, and in one on any device otherwise. If anything fails before the account is stored, a client that was registered is deleted again.',
  ],
  environment: [
    'OIDC_SOCK',
    'OIDC_ENCRYPTION_PW',
    'OIDC_CONFIG_DIR',
    'OIDC_USER_CONFIG',
    'HOME',
    'DISPLAY',
    'SSH_CONNECTION',
    'NO_COLOR',
    'OIDC_AGENT_NOCOLOR',
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
    ['oidc-gen wlcg', 'Make the account wlcg; issuer, scopes and password are asked for.'],
    [
      'oidc-gen -w device --iss=https://wlcg.cloud.cnaf.infn.it/ --scope=max --pw-env --prompt=none wlcg',
      'The same without questions, with a login on any device and the password in OIDC_ENCRYPTION_PW.',
    ],
    ['oidc-gen --reauthenticate wlcg', 'Log in again, when the refresh token is dead.'],
    ['oidc-gen -p wlcg', 'Show what is in the account.'],
    ['oidc-gen -d wlcg', 'Delete it, here and at the issuer.'],
  ],
  seeAlso: ['oidc-agent', 'oidc-add', 'oidc-token', 'jeton'],
};
