import { program } from '../../programs/oidc-gen/command-line.ts';
import { ACCOUNT_FILES, type Manual, NETWORK_VARIABLES } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    'Creates an account: registers a client at an issuer, lets the user log in, and stores client and refresh token in an encrypted file. You do this once for each account; from then on, oidc-add loads it.',
    'oidc-gen asks at the terminal for information that no option gives. It loads the new account into the agent, which must run. You log in with a browser: on a desktop with the one of this computer, else with one on any device. If anything fails before the account is stored, oidc-gen deletes the client that it registered.',
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
    ...NETWORK_VARIABLES,
  ],
  files: ACCOUNT_FILES,
  examples: [
    ['oidc-gen wlcg', 'Create the account wlcg; oidc-gen asks for issuer, scopes and password.'],
    [
      'oidc-gen -w device --iss=https://wlcg.cloud.cnaf.infn.it/ --scope=max --pw-env --prompt=none wlcg',
      'The same without questions, with a login on any device and the password in OIDC_ENCRYPTION_PW.',
    ],
    ['oidc-gen --reauthenticate wlcg', 'Log in again, when the refresh token is no longer valid.'],
    ['oidc-gen -p wlcg', 'Decrypt the account and print it.'],
    ['oidc-gen -d wlcg', 'Delete it, here and at the issuer.'],
  ],
  seeAlso: ['oidc-agent', 'oidc-add', 'oidc-token', 'jeton'],
};
