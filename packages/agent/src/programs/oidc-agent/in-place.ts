/**
 * The process that the compiled oidc-agent has left in the background (docs/native.md): becomes the agent itself, where a Node
 * program would have to start another one. It has a new session already, nothing to read, and no secrets in its
 * environment.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { readArguments } from '../../command-line/options.ts';
import { agentConfig } from '../../config/settings.ts';
import { canSleep } from '../../daemon/process/sleeper.ts';
import { printFailure, runProgram } from '../../terminal/run.ts';
import { program } from './command-line.ts';
import { startInBackground, startInForeground } from './start.ts';
import { start } from './which-agent.ts';

/** The starter of this process reads from it: a byte, which is an exit code, or the end. */
const REPORT_PIPE = 3;

async function main(): Promise<number> {
  process.title = 'oidc-agent';
  const { options } = readArguments(program);
  let isAgent = false;
  let exitCode = 0;
  try {
    await start(options, agentConfig(), async (settings) => {
      if (canSleep(settings)) return await startInBackground(settings);
      const agent = await startInForeground(settings);
      isAgent = true;
      return agent;
    });
  } catch (error) {
    exitCode = printFailure(error);
  }
  // None can be started; or another one was found, or was faster.
  if (!isAgent) return exitCode;
  letGo(exitCode);
  return await new Promise<never>(() => undefined);
}

/** Closes the inherited output, because a reader of the output waits for its end, and reports that the agent runs. */
function letGo(exitCode: number): void {
  for (const fd of [1, 2]) {
    closeSync(fd);
    openSync('/dev/null', 'w');
  }
  try {
    writeSync(REPORT_PIPE, Uint8Array.of(exitCode));
  } catch {
    // The starter has exited, so no client knows this agent.
    process.kill(process.pid);
  }
  closeSync(REPORT_PIPE);
}

void runProgram(main);
