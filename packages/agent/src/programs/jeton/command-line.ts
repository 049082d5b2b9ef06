import { defineProgram } from '../../command-line/option-table.ts';

export const program = defineProgram({
  name: 'jeton',
  argsDoc: 'COMMAND [ARGUMENT...]',
  doc: 'Get, inspect and revoke access tokens without an agent',
  positionals: { min: 1, max: 1 },
  options: {},
});
