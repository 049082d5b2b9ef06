import { program } from '../../programs/oidc-token/command-line.ts';
import type { Manual } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    'Prints a valid access token that the agent holds or gets. Name the account by its short name, or by the URL of its issuer, which stands for the default account of that issuer.',
    'The token goes to standard output, everything else to standard error. Attach a variable name to its option: in "oidc-token -o NAME", NAME is the account.',
  ],
  environment: [
    'OIDC_SOCK',
    'OIDC_REMOTE_SOCK',
    'XDG_RUNTIME_DIR',
    'TMPDIR',
    'OIDC_CONFIG_DIR',
    'OIDC_USER_CONFIG',
    'HOME',
  ],
  files: ['~/.config/oidc-agent/config'],
  examples: [
    ['oidc-token wlcg', 'Print a token with the scopes of the account.'],
    ['oidc-token -s storage.read:/ --aud example.audience wlcg', 'With this scope only, for this audience.'],
    ['oidc-token -t 600 wlcg', 'Print a token that stays valid for at least ten minutes.'],
    ['curl -H "$(oidc-token --auth-header wlcg)" https://storage.example.org/', 'Use it.'],
    ['eval $(oidc-token -c wlcg)', 'Set OIDC_AT, OIDC_ISS and OIDC_EXP.'],
  ],
  seeAlso: ['oidc-agent', 'oidc-add', 'oidc-gen'],
};
