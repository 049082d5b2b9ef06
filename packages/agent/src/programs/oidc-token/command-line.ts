import { type Arguments, defineProgram } from '../../command-line/option-table.ts';

/** The variables that a shell gets where the command line names none. */
export const USUAL_VARIABLES = { token: 'OIDC_AT', issuer: 'OIDC_ISS', expiresAt: 'OIDC_EXP' } as const;

export const program = defineProgram({
  name: 'oidc-token',
  argsDoc: 'ACCOUNT_SHORTNAME | ISSUER_URL',
  doc: 'Get an access token from oidc-agent',
  positionals: { min: 1, max: 1 },
  options: {
    'General:': {
      all: {
        short: 'a',
        doc: 'Print the token, its issuer and its expiry time, each on its own line',
      },
      env: {
        short: 'c',
        doc: 'Print shell commands that export the token, its issuer and its expiry time; the same as -o -i -e',
      },
      'expires-at': {
        short: 'e',
        arg: USUAL_VARIABLES.expiresAt,
        optional: true,
        doc: 'Print the expiry time of the token, in seconds since 1970. With a variable name, or together with -i or -o, print a shell command that exports it (default: as OIDC_EXP)',
      },
      'force-new': { short: 'f', doc: 'Get a new token from the issuer, even if the agent has a valid one' },
      issuer: {
        short: 'i',
        arg: USUAL_VARIABLES.issuer,
        optional: true,
        doc: 'Print the issuer of the token. With a variable name, or together with -e or -o, print a shell command that exports it (default: as OIDC_ISS)',
      },
      token: {
        short: 'o',
        arg: USUAL_VARIABLES.token,
        optional: true,
        doc: 'Print the token, as without any option. With a variable name, or together with -e or -i, print a shell command that exports it (default: as OIDC_AT)',
      },
      time: {
        short: 't',
        arg: 'SECONDS',
        integer: true,
        doc: 'Get a token that stays valid for at least SECONDS',
      },
      json: {
        doc: 'Print the token, its issuer, its expiry time and its scopes as JSON; and errors as JSON on stderr',
      },
      bearer: { doc: 'Print the word Bearer before the token' },
      'auth-header': {
        aliases: ['auth'],
        doc: 'Print the token as an HTTP Authorization header, without a newline at the end',
      },
    },
    'Advanced:': {
      aud: {
        arg: 'AUDIENCE',
        doc: 'Get a token for AUDIENCE. Separate several by spaces',
      },
      'id-token': {
        doc: 'Get an ID token instead. It shows who you are; no service accepts it for access',
      },
      mytoken: {
        short: 'm',
        aliases: ['MT'],
        arg: 'PROFILE',
        optional: true,
        doc: 'Get a mytoken instead, from an account at a mytoken server. PROFILE says what the mytoken may do: the name of a profile at the server, or JSON',
      },
      name: {
        arg: 'NAME',
        doc: 'For programs that call oidc-token: the name that the agent shows when it asks the user to confirm',
      },
      scope: {
        short: 's',
        arg: 'SCOPE',
        repeatable: true,
        doc: 'Get a token with SCOPE only. Separate several by spaces, or repeat the option',
      },
    },
  },
});

/** The setting for `--time`, in the program's section of the file `config`: seconds. */
export const LIFETIME_SETTING = 'default-min-lifetime';

/** The options of oidc-token, as they were given. */
export type Options = Arguments<typeof program>['options'];
