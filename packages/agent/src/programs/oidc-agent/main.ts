#!/usr/bin/env node
import { shellQuote } from '@jeton/client/shell-quote';
import { stablePlaces } from '@jeton/protocol/socket-path';
import { askAgent } from '../../client/ask-agent.ts';
import { readArguments, UsageError } from '../../command-line/options.ts';
import { type AgentConfig, agentConfig } from '../../config/settings.ts';
import { inform, print, printJson } from '../../terminal/output.ts';
import { runProgram } from '../../terminal/run.ts';
import { type Options, program } from './command-line.ts';
import { startInBackground, startInForeground } from './start.ts';
import { atPlace, start } from './which-agent.ts';

async function main(): Promise<number> {
  const { options, positionals: command } = readArguments(program);
  if (command.length > 0) return await run(command, options, agentConfig());
  if (options.kill) await (await import('./kill.ts')).killAgent(process.env);
  else if (options.status) await printStatus(options.json);
  else if (options.console) await stay(options, agentConfig());
  else await start(options, agentConfig(), startInBackground);
  return 0;
}

async function run(command: readonly string[], options: Options, config: AgentConfig): Promise<number> {
  const contrary = (['kill', 'status', 'console', 'restart-on-update'] as const).find(
    (name) => options[name],
  );
  if (contrary !== undefined) throw new UsageError(program, `'--${contrary}' cannot be used with a command`);
  const { runWithAgent } = await import('./run-with-agent.ts');
  return await atPlace(options, config, (settings) => runWithAgent(command, settings, options.quiet));
}

/** Becomes the agent in the foreground, until a signal ends the process. */
async function stay(options: Options, config: AgentConfig): Promise<never> {
  if (options['restart-on-update']) {
    throw new UsageError(program, "'--restart-on-update' cannot be used with '--console'");
  }
  await start(options, config, startInForeground);
  return await new Promise<never>(() => undefined);
}

async function printStatus(json: boolean): Promise<void> {
  const { info } = await askAgent({ request: json ? 'status_json' : 'status' });
  if (typeof info === 'string') print(info.trimEnd());
  else printJson(JSON.stringify(info));
  if (json || process.env.OIDC_SOCK) return;
  const [path] = stablePlaces(process.env).paths.slice(-1);
  inform(
    `hint: OIDC_SOCK is not set; libraries for Python and Go need it, in ~/.profile: export OIDC_SOCK=${shellQuote(path ?? '')}`,
  );
}

void runProgram(main);
