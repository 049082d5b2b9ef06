#!/usr/bin/env node
import { exchange } from '@jeton/client';
import { readArguments } from '@jeton/client/options';
import { stablePlaces } from '@jeton/protocol/socket-path';
import { type AgentConfig, agentConfig } from '../../config/settings.ts';
import { SocketTaken } from '../../daemon/socket-place.ts';
import { print, tell, warn } from '../../terminal/output.ts';
import { ProgramError, runProgram } from '../../terminal/run.ts';
import { program } from './command-line.ts';
import { findAgent, identify } from './find.ts';
import { prepareSocket, prepareStablePlaces } from './socket-location.ts';
import { announce, startInBackground, startInForeground } from './start.ts';

type Options = ReturnType<typeof readArguments<typeof program>>['options'];

const socketCheckSeconds = 60;

async function main(): Promise<number> {
  const { options } = readArguments(program);
  if (options.kill) await (await import('./kill.ts')).killAgent(process.env);
  else if (options.status) await printStatus(options.json);
  else await start(options, agentConfig());
  return 0;
}

async function start(options: Options, config: AgentConfig): Promise<void> {
  const place = options['socket-path'] ?? config.bindAddress;
  if (isOfItsOwn(options) || place !== undefined) await startOwn(options, config, place);
  else await startShared(options, config);
}

/** Options that say nothing about what the agent does. */
const aboutTheStart = ['json', 'auto-start'];

/** Whether an agent is wanted that has a place of its own, or other settings than the one of all shells. */
function isOfItsOwn(options: Options): boolean {
  return Object.entries(options).some(
    ([name, value]) => !aboutTheStart.includes(name) && value !== undefined && value !== false,
  );
}

async function startOwn(options: Options, config: AgentConfig, place?: string): Promise<void> {
  const settings = { ...settingsOf(options, config), ...prepareSocket(place, process.env) };
  try {
    announce(
      await (options.console ? startInForeground(settings) : startInBackground(settings)),
      options.json,
    );
  } catch (error) {
    if (!(error instanceof SocketTaken)) throw error;
    throw new ProgramError('Could not bind ipc-socket', [
      `an agent is already listening there; use it: OIDC_SOCK=${error.path}; export OIDC_SOCK`,
    ]);
  }
  // In the foreground this process is the agent: it ends by a signal.
  if (options.console) await new Promise<never>(() => undefined);
}

/** The one agent that every shell finds: the one that runs, else a new one. */
async function startShared(options: Options, config: AgentConfig): Promise<void> {
  const path = await findAgent(stablePlaces(process.env));
  const running = path === undefined ? undefined : await identify(path);
  if (running !== undefined) {
    announce(running, options.json);
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
    const settings = { ...settingsOf(options, config), socketPaths: [first, ...others] as const };
    announce(await startInBackground(settings), options.json);
  } catch (error) {
    if (!(error instanceof SocketTaken)) throw error;
    // Somebody else was faster.
    await startShared(options, config);
  }
}

/** What the options say, else the file `config`. */
function settingsOf(options: Options, config: AgentConfig) {
  return {
    lifetime: options.lifetime ?? config.lifetime,
    autoload: !options['no-autoload'] && config.autoload,
    alwaysAllowIdToken: options['always-allow-idtoken'] || config.alwaysAllowIdToken,
    confirm: options.confirm || config.confirm,
    pwCmd: config.pwCmd,
    console: options.console,
    socketCheckSeconds,
  };
}

async function printStatus(json: boolean): Promise<void> {
  const { info } = await exchange({ request: json ? 'status_json' : 'status' });
  print(typeof info === 'string' ? info.trimEnd() : JSON.stringify(info));
}

void runProgram(main);
