import { type Arguments, defineProgram } from '@jeton/client/options';
import { passwordOptions } from '../password-options.ts';

export const program = defineProgram({
  name: 'oidc-gen',
  argsDoc: '[ACCOUNT_SHORTNAME]',
  doc: 'Make accounts: register a client at an issuer, log in, and store both encrypted',
  positionals: { min: 0, max: 1 },
  options: {
    'Managing account configurations:': {
      accounts: { short: 'l', doc: 'List the accounts that there are; the same as oidc-add -l' },
      print: {
        short: 'p',
        arg: 'FILE',
        doc: 'Print an account, decrypted. FILE is a short name, or a path that begins with / or ~',
      },
      delete: {
        short: 'd',
        doc: 'Revoke the tokens of the account, delete its client at the issuer, then its file',
      },
      reauthenticate: { doc: 'Log in again with the client of an existing account' },
    },
    'Generating a new account configuration:': {
      file: {
        short: 'f',
        arg: 'FILE',
        doc: 'Take the client from FILE, which jeton register or you have made, and register none',
      },
      issuer: {
        aliases: ['iss'],
        arg: 'ISSUER_URL',
        doc: 'The issuer; a missing slash at its end is forgiven',
      },
      scope: {
        arg: 'SCOPE',
        repeatable: true,
        doc: "The scopes of the account; 'max' means all that the issuer offers. Several scopes are separated by spaces or given by several options",
      },
      flow: {
        short: 'w',
        arg: 'device',
        choices: ['device'],
        doc: 'How to log in. device: with a browser on any machine',
      },
      'cert-path': {
        aliases: ['cp', 'cert-file'],
        arg: 'FILE',
        doc: 'A PEM file with the certification authorities to trust for this account, now and later',
      },
    },
    'Advanced:': {
      ...passwordOptions,
      prompt: {
        arg: 'cli|none',
        choices: ['cli', 'none'],
        doc: 'Whether to ask for what is missing; cli is the default',
      },
      'confirm-default': { doc: 'Answer every question for consent with its default' },
      'confirm-yes': { doc: 'Answer every question for consent with yes' },
      'confirm-no': { doc: 'Answer every question for consent with no' },
    },
  },
});

export type Options = Arguments<typeof program>['options'];
