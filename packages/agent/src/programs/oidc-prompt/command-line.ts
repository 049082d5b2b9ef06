import { defineProgram } from '../../command-line/options.ts';

export const program = defineProgram({
  name: 'oidc-prompt',
  argsDoc: 'TYPE TITLE TEXT [LABEL [TIMEOUT [INIT [LIST_ELEMENT...]]]]',
  doc: 'Ask a person: through a window of the desktop, else pinentry, else the terminal',
  positionals: { min: 3, max: Number.POSITIVE_INFINITY },
  options: {},
});
