/** What oidc-agent does, by its options. */
import { shellQuote } from '@jeton/client/shell-quote';
import { stablePlaces } from '@jeton/protocol/socket-path';
import { askAgent } from '../../client/ask-agent.ts';
import { readArguments, UsageError } from '../../command-line/options.ts';
import { type AgentConfig, agentConfig } from '../../config/settings.ts';
import { inform, print, printJson } from '../../terminal/output.ts';
import { type Options, program } from './command-line.ts';
import { startInBackground } from './start.ts';
import { atPlace, start } from './which-agent.ts';

/** Starts an agent in the foreground. @returns the exit code of the program */
export type StayInForeground = (options: Options, config: AgentConfig) => Promise<number>;

/**
 * Runs oidc-agent.
 *
 * @param stay becomes the agent in the foreground
 * @returns the exit code
 * @throws the errors of the command, which `runProgram` prints
 */
export async function oidcAgent(stay: StayInForeground): Promise<number> {
  const { options, positionals: command } = readArguments(program);
  if (command.length > 0) return await run(command, options, agentConfig());
  if (options.kill) await (await import('./kill.ts')).killAgent(process.env);
  else if (options.status) await printStatus(options.json);
  else if (options.console) return await inForeground(options, stay);
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

async function inForeground(options: Options, stay: StayInForeground): Promise<number> {
  if (options['restart-on-update']) {
    throw new UsageError(program, "'--restart-on-update' cannot be used with '--console'");
  }
  return await stay(options, agentConfig());
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
