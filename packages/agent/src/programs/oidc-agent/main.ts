#!/usr/bin/env node
import { runProgram } from '../../terminal/run.ts';
import { oidcAgent } from './commands.ts';
import { startInForeground } from './start.ts';
import { startForeground } from './which-agent.ts';

void runProgram(() =>
  oidcAgent(async (options, config) => {
    await startForeground(options, config, startInForeground, process.pid);
    // Until a signal ends the process.
    return await new Promise<never>(() => undefined);
  }),
);
