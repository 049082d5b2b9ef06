import { defineProgram } from '../../command-line/options.ts';

export const program = defineProgram({
  name: 'oidc-agent-service',
  argsDoc: 'use | start | restart | restart-s | stop | kill | start-from-x',
  doc: 'Start, find and end the one agent of all shells; its output is for eval',
  positionals: { min: 0, max: 1 },
  options: {},
});
