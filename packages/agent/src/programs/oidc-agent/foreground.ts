/**
 * oidc-agent with `--console`, started by the compiled oidc-agent, which becomes the agent (docs/native.md): the process that the user
 * or systemd has started is the agent.
 */
import { printFailure, runProgram } from '../../terminal/run.ts';
import { oidcAgent } from './commands.ts';
import { startInParent } from './start.ts';
import { startForeground } from './which-agent.ts';

void runProgram(() =>
  oidcAgent(async (options, config) => {
    let isListening = false;
    const startAgent: typeof startInParent = async (settings) => {
      const agent = await startInParent(settings);
      isListening = true;
      return agent;
    };
    try {
      await startForeground(options, config, startAgent, process.ppid);
      return 0;
    } catch (error) {
      if (!isListening) throw error;
      // It could not be printed how to reach the agent.
      const exitCode = printFailure(error);
      process.kill(process.ppid);
      return exitCode;
    }
  }),
);
