import { defineProgram } from '../../command-line/option-table.ts';

export const program = defineProgram({
  name: 'oidc-tokensh',
  argsDoc: '[-- COMMAND [ARGUMENT...]]',
  doc: 'Run a command (default: $SHELL) with a file that always holds a valid access token',
  positionals: { min: 0, max: Number.POSITIVE_INFINITY },
  options: {
    'General:': {
      oidc: {
        arg: 'NAME|URL',
        doc: 'The short name of the account, or the URL of its issuer. Not needed if you have only one account',
      },
      minsecs: {
        arg: 'SECONDS',
        integer: true,
        doc: 'Renew the token SECONDS before it expires (default: 60)',
      },
      outfile: {
        short: 'o',
        arg: 'FILE',
        doc: 'Write the token to FILE (default: $BEARER_TOKEN_FILE, else bt_u and your user ID in $XDG_RUNTIME_DIR or /tmp)',
      },
      env: {
        doc: 'Also set BEARER_TOKEN to the first token, for programs that read no file. This copy is not renewed',
      },
      verbose: { short: 'v', doc: 'Print each step, and the expiry time of each token' },
    },
  },
});
