import { defineProgram } from '../../command-line/option-table.ts';

export const program = defineProgram({
  name: 'oidc-prompt',
  argsDoc: 'TYPE TITLE TEXT [LABEL [TIMEOUT [INIT [LIST_ELEMENT...]]]]',
  doc: 'Ask the user a question: in a window, else with pinentry, else at the terminal',
  positionals: { min: 3, max: Number.POSITIVE_INFINITY },
  options: {},
});
