import { defineProgram } from '@jeton/client/options';
import { passwordOptions } from '../password-options.ts';

export const program = defineProgram({
  name: 'oidc-add',
  argsDoc: 'ACCOUNT_SHORTNAME | -a | -l | -R',
  doc: 'Load accounts into the agent, and unload them',
  positionals: { min: 0, max: 1 },
  options: {
    'General:': {
      loaded: { short: 'a', doc: 'List the accounts that the agent holds' },
      list: { short: 'l', doc: 'List the accounts that can be loaded' },
      print: { short: 'p', doc: 'Print the account, decrypted' },
      remove: { short: 'r', doc: 'Unload the account' },
      'remove-all': { short: 'R', doc: 'Unload all accounts' },
      lifetime: {
        short: 't',
        arg: 'TIME',
        integer: true,
        doc: 'Have the agent forget the account after TIME seconds',
      },
      'always-allow-idtoken': { doc: 'Have the agent give ID tokens of this account without asking' },
      ...passwordOptions,
    },
  },
});
