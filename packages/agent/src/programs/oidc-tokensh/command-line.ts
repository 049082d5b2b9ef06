import { defineProgram } from '../../command-line/options.ts';

export const program = defineProgram({
  name: 'oidc-tokensh',
  argsDoc: '[-- COMMAND [ARGUMENT...]]',
  doc: 'Run a command, $SHELL by default, with an access token in a file that is renewed until the command ends',
  positionals: { min: 0, max: Number.POSITIVE_INFINITY },
  options: {
    'General:': {
      oidc: {
        arg: 'NAME|URL',
        doc: 'Whose token: the short name of an account, or the URL of an issuer; may be left out if there is one account only',
      },
      minsecs: {
        arg: 'SECONDS',
        integer: true,
        doc: 'Renew the token when it is valid for SECONDS only (default 60)',
      },
      outfile: {
        short: 'o',
        arg: 'FILE',
        doc: 'Keep the token in FILE (default: $BEARER_TOKEN_FILE, else bt_u and your user id in $XDG_RUNTIME_DIR or /tmp)',
      },
      env: {
        doc: 'Give the command the first token in BEARER_TOKEN, too, for programs that read no file; that one is not renewed',
      },
      verbose: { short: 'v', doc: 'Tell what is done, and until when each token is valid' },
    },
  },
});
