import { defineProgram } from '../../command-line/option-table.ts';

export const program = defineProgram({
  name: 'jeton',
  argsDoc: '[COMMAND [ARGUMENT...]]',
  doc: 'Log in, and get, inspect and revoke access tokens',
  positionals: { min: 1, max: 1 },
  options: {},
});
