import { type Arguments, defineProgram } from '../../command-line/option-table.ts';
import { passwordOptions } from '../password-options.ts';

export const program = defineProgram({
  name: 'oidc-add',
  argsDoc: 'ACCOUNT_SHORTNAME | -a | -l | -x | -X | -R',
  doc: 'Load accounts into the agent, or unload them',
  positionals: { min: 0, max: 1 },
  options: {
    'General:': {
      loaded: { short: 'a', doc: 'List the accounts that the agent holds' },
      list: { short: 'l', doc: 'List the accounts that can be loaded' },
      json: { doc: 'With -l or -a: print the list, and any error, as JSON' },
      print: { short: 'p', doc: 'Decrypt the account and print it' },
      remove: { short: 'r', doc: 'Unload the account' },
      'remove-all': { short: 'R', doc: 'Unload all accounts' },
      lifetime: {
        short: 't',
        arg: 'TIME',
        integer: true,
        doc: 'Make the agent forget the account after TIME seconds',
      },
      force: {
        short: 'f',
        doc: 'Send the account even if it is loaded: --lifetime starts again, and the agent learns a new password of the file',
      },
      'skip-check': { doc: 'Load the account without getting a token from the issuer first' },
      confirm: {
        short: 'c',
        doc: 'Make the agent ask you before it gives a program a token of this account',
      },
      'always-allow-idtoken': { doc: 'Make the agent give ID tokens of this account without asking' },
      ...passwordOptions,
      'pw-store': {
        arg: 'TIME',
        optional: true,
        integer: true,
        doc: 'Make the agent keep the password, for TIME seconds or for good. An agent of the C suite needs it to save new refresh tokens',
      },
      lock: { short: 'x', doc: 'Lock the agent with a password: it gives no tokens until you unlock it' },
      unlock: { short: 'X', doc: 'Unlock the agent' },
      remote: {
        doc: 'Use the agent on another computer: HOST or HOST:PORT in $OIDC_REMOTE_SOCK',
      },
    },
    'Verbosity:': {
      debug: {
        short: 'g',
        doc: 'Print each request to the agent and its outcome on stderr, without secrets',
      },
      verbose: { short: 'v', doc: 'Print the account that is sent to the agent on stderr, without secrets' },
    },
  },
});

export type Options = Arguments<typeof program>['options'];
