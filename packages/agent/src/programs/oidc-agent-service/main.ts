#!/usr/bin/env node
import { stablePlaces } from '@jeton/protocol/socket-path';
import { run } from '../../accounts/passwords/run-command.ts';
import { readArguments } from '../../command-line/options.ts';
import { didYouMean } from '../../nearest.ts';
import { inform, print } from '../../terminal/output.ts';
import { runProgram } from '../../terminal/run.ts';
import { siblingCommand } from '../../terminal/sibling.ts';
import { program } from './command-line.ts';
import { readOptionsFiles } from './options-files.ts';
import { announceService, optionsOf, runningAgent, startAgent, stopAgent } from './service.ts';

const commands: Readonly<Record<string, () => Promise<number>>> = {
  use,
  start,
  restart,
  'restart-s': restartSilently,
  stop,
  kill: stop,
  'start-from-x': startFromX,
};

async function main(): Promise<number> {
  const { positionals } = readArguments(program);
  const [name = ''] = positionals;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) return await command();
  for (const hint of didYouMean(name, Object.keys(commands))) inform(`hint: ${hint}`);
  print(`echo 'Usage: ${program.name} ${program.argsDoc}' >&2`);
  return 1;
}

async function use(): Promise<number> {
  await announceService((await runningAgent()) ?? (await startAgent(await readOptionsFiles(process.env))));
  return 0;
}

async function start(): Promise<number> {
  const agent = await runningAgent();
  if (agent === undefined) return await use();
  print(`echo 'oidc-agent-service: an agent is already running, pid ${agent.pid ?? 'unknown'}.' >&2;`);
  print(`echo 'Stop it with: oidc-agent-service stop; or restart it with: oidc-agent-service restart' >&2`);
  return 1;
}

async function restart(): Promise<number> {
  const options = await readOptionsFiles(process.env);
  const agent = await runningAgent();
  const same = agent !== undefined && options.keepsOptions ? await optionsOf(agent) : options.agentOptions;
  await stopAgent();
  await announceService(await startAgent({ ...options, agentOptions: same }));
  return 0;
}

async function restartSilently(): Promise<number> {
  const [service, ...args] = siblingCommand(program.name);
  const { status } = await run(service, [...args, 'restart'], { input: '', stderr: 'inherit' });
  return typeof status === 'number' ? status : 1;
}

async function stop(): Promise<number> {
  if (await stopAgent()) return 0;
  inform('There is no agent to stop.');
  // An agent may run at a place that no program trusts.
  const { objections } = stablePlaces(process.env);
  if (objections.length === 0) return 0;
  for (const objection of objections) inform(`hint: ${objection}`);
  inform('hint: if an agent of yours runs there, you can stop it after: chmod go-w FOLDER');
  return 1;
}

async function startFromX(): Promise<number> {
  return (await readOptionsFiles(process.env)).startsWithX ? await use() : 0;
}

void runProgram(main);
