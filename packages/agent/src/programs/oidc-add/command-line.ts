import { type Arguments, defineProgram } from '../../command-line/options.ts';
import { passwordOptions } from '../password-options.ts';

export const program = defineProgram({
  name: 'oidc-add',
  argsDoc: 'ACCOUNT_SHORTNAME | -a | -l | -x | -X | -R',
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
      force: {
        short: 'f',
        doc: 'Ask the agent also when it holds the account, so that --lifetime counts anew, and the agent learns a new password of the file',
      },
      'skip-check': { doc: 'Load the account without trying whether the issuer still gives tokens for it' },
      confirm: { short: 'c', doc: 'Have the agent ask before a program gets a token of this account' },
      'always-allow-idtoken': { doc: 'Have the agent give ID tokens of this account without asking' },
      ...passwordOptions,
      'pw-store': {
        arg: 'TIME',
        optional: true,
        integer: true,
        doc: 'Have the agent keep the password, for TIME seconds or for good. An agent of the C suite needs it to save new refresh tokens',
      },
      lock: { short: 'x', doc: 'Lock the agent with a password: until it is unlocked, it gives nothing' },
      unlock: { short: 'X', doc: 'Unlock the agent' },
      remote: {
        doc: 'Use the agent on another computer that $OIDC_REMOTE_SOCK names, HOST or HOST:PORT',
      },
    },
    'Verbosity:': {
      debug: {
        short: 'g',
        doc: 'Tell on stderr each request that the agent gets and how it ended, without secrets',
      },
      verbose: { short: 'v', doc: 'Tell on stderr what the agent gets: the account, without secrets' },
    },
  },
});

export type Options = Arguments<typeof program>['options'];
