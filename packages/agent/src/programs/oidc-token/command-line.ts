import { type Arguments, defineProgram } from '../../command-line/options.ts';

export const program = defineProgram({
  name: 'oidc-token',
  argsDoc: 'ACCOUNT_SHORTNAME | ISSUER_URL',
  doc: 'Get an access token from oidc-agent',
  positionals: { min: 1, max: 1 },
  options: {
    'General:': {
      all: {
        short: 'a',
        doc: 'Print the token, its issuer and the time at which it expires, each on a line of its own',
      },
      env: {
        short: 'c',
        doc: 'Print shell commands that export the token, its issuer and the time at which it expires; the same as -o -i -e together',
      },
      'expires-at': {
        short: 'e',
        arg: 'OIDC_EXP',
        optional: true,
        doc: 'Print the time at which the token expires, in seconds since 1970. With a variable name, or together with -i or -o, print a shell command that exports it as OIDC_EXP or under that name',
      },
      'force-new': { short: 'f', doc: 'Have the issuer make a new token, even if there is a valid one' },
      issuer: {
        short: 'i',
        arg: 'OIDC_ISS',
        optional: true,
        doc: 'Print the issuer of the token. With a variable name, or together with -e or -o, print a shell command that exports it as OIDC_ISS or under that name',
      },
      token: {
        short: 'o',
        arg: 'OIDC_AT',
        optional: true,
        doc: 'Print the token, as without any option. With a variable name, or together with -e or -i, print a shell command that exports it as OIDC_AT or under that name',
      },
      time: {
        short: 't',
        arg: 'SECONDS',
        integer: true,
        doc: 'The token has to be valid for SECONDS more at least',
      },
      bearer: { doc: 'Print the token with the word Bearer before it' },
      'auth-header': {
        aliases: ['auth'],
        doc: 'Print an HTTP Authorization header with the token, without a line end',
      },
    },
    'Advanced:': {
      aud: {
        arg: 'AUDIENCE',
        doc: 'Get a token for AUDIENCE; several audiences are separated by spaces',
      },
      'id-token': {
        doc: 'Get an ID token instead. It is for looking at, not for access to anything',
      },
      mytoken: {
        short: 'm',
        aliases: ['MT'],
        arg: 'PROFILE',
        optional: true,
        doc: 'Get a mytoken instead, from an account of a mytoken server. PROFILE says what it may do: the name of a profile of the server, or JSON',
      },
      name: {
        arg: 'NAME',
        doc: 'For programs that call oidc-token: the name to show to a person who is asked for consent',
      },
      scope: {
        short: 's',
        arg: 'SCOPE',
        repeatable: true,
        doc: 'Get a token with SCOPE only; several scopes are separated by spaces or given by several options',
      },
    },
  },
});

/** The options of oidc-token, as they were given. */
export type Options = Arguments<typeof program>['options'];
