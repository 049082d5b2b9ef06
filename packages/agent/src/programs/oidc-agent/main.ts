#!/usr/bin/env node
import { stablePlaces } from '@jeton/protocol/socket-path';
import { askAgent } from '../../client/ask-agent.ts';
import { readArguments, UsageError } from '../../command-line/options.ts';
import { type AgentConfig, agentConfig } from '../../config/settings.ts';
import type { AgentSettings } from '../../daemon/settings.ts';
import { SocketTaken } from '../../daemon/socket-place.ts';
import { print, tell, warn } from '../../terminal/output.ts';
import { ProgramError, runProgram } from '../../terminal/run.ts';
import { type Options, program } from './command-line.ts';
import { findAgent, identify } from './find.ts';
import { settingsOf } from './settings.ts';
import { prepareSocket, prepareStablePlaces } from './socket-location.ts';
import { announce, startInBackground, startInForeground } from './start.ts';

async function main(): Promise<number> {
  const { options, positionals: command } = readArguments(program);
  if (command.length > 0) return await run(command, options, agentConfig());
  if (options.kill) await (await import('./kill.ts')).killAgent(process.env);
  else if (options.status) await printStatus(options.json);
  else await start(options, agentConfig());
  return 0;
}

async function run(command: readonly string[], options: Options, config: AgentConfig): Promise<number> {
  const contrary = (['kill', 'status', 'console', 'restart-on-update'] as const).find(
    (name) => options[name],
  );
  if (contrary !== undefined) throw new UsageError(program, `'--${contrary}' does not go with a command`);
  const { runWithAgent } = await import('./run-with-agent.ts');
  return await atPlace(options, config, (settings) => runWithAgent(command, settings));
}

async function start(options: Options, config: AgentConfig): Promise<void> {
  const hasOwnPlace = config.bindAddress !== undefined || config.group !== undefined;
  if (isOfItsOwn(options) || hasOwnPlace) await startOwn(options, config);
  else await startShared(options, config);
}

/** Options that say nothing about what the agent does. */
const aboutTheStart = ['json', 'quiet', 'auto-start'];

/** Whether an agent is wanted that has a place of its own, or other settings than the one of all shells. */
function isOfItsOwn(options: Options): boolean {
  return Object.entries(options).some(
    ([name, value]) => !aboutTheStart.includes(name) && value !== undefined && value !== false,
  );
}

async function startOwn(options: Options, config: AgentConfig): Promise<void> {
  if (options.console && options['restart-on-update']) {
    throw new UsageError(program, "'--restart-on-update' does not go with '--console'");
  }
  const agent = await atPlace(options, config, options.console ? startInForeground : startInBackground);
  announce(agent, options);
  // In the foreground this process is the agent: it ends by a signal.
  if (options.console) await new Promise<never>(() => undefined);
}

/** Starts an agent at a place of its own. */
async function atPlace<Result>(
  options: Options,
  config: AgentConfig,
  startAgent: (settings: AgentSettings) => Promise<Result>,
): Promise<Result> {
  const settings = await settingsOf(options, config);
  const place = prepareSocket(options['socket-path'] ?? config.bindAddress, process.env);
  try {
    return await startAgent({ ...settings, ...place });
  } catch (error) {
    if (!(error instanceof SocketTaken)) throw error;
    throw new ProgramError('Could not bind ipc-socket', [
      `an agent is already listening there; use it: OIDC_SOCK=${error.path}; export OIDC_SOCK`,
    ]);
  }
}

/** The one agent that every shell finds: the one that runs, else a new one. */
async function startShared(options: Options, config: AgentConfig): Promise<void> {
  const path = await findAgent(stablePlaces(process.env));
  const running = path === undefined ? undefined : await identify(path);
  if (running !== undefined) {
    announce(running, options);
    if (!options['auto-start']) tell('oidc-agent was running already; this is the same one');
    return;
  }
  const { paths, objections } = prepareStablePlaces(process.env);
  const [first, ...others] = paths;
  if (first === undefined) {
    // The next client would not find it, and start another.
    if (options['auto-start']) throw new ProgramError('There is no place at which clients look', objections);
    for (const objection of objections) warn(`Other shells will not find this agent: ${objection}`);
    return await startOwn(options, config);
  }
  try {
    const settings = await settingsOf(options, config);
    announce(await startInBackground({ ...settings, socketPaths: [first, ...others] }), options);
  } catch (error) {
    if (!(error instanceof SocketTaken)) throw error;
    // Somebody else was faster.
    await startShared(options, config);
  }
}

async function printStatus(json: boolean): Promise<void> {
  const { info } = await askAgent({ request: json ? 'status_json' : 'status' });
  print(typeof info === 'string' ? info.trimEnd() : JSON.stringify(info));
}

void runProgram(main);
