/**
 * oidc-agent with `--console`, started by the compiled oidc-agent, which becomes the agent (docs/native.md): the process that the user
 * or systemd has started is the agent.
 */
import { runProgram } from '../../terminal/run.ts';
import { oidcAgent } from './commands.ts';
import { startInParent } from './start.ts';
import { startForeground } from './which-agent.ts';

void runProgram(() =>
  oidcAgent(async (options, config) => {
    await startForeground(options, config, startInParent, process.ppid);
    return 0;
  }),
);
