import { defineProgram } from '../../command-line/option-table.ts';

export const program = defineProgram({
  name: 'oidc-agent-service',
  argsDoc: 'use | start | restart | restart-s | stop | kill | start-from-x',
  doc: 'Start, find or stop the agent that all shells share; evaluate the output with eval',
  positionals: { min: 0, max: 1 },
  options: {},
});
