#!/usr/bin/env node
import { accounts as loadedAccounts } from '@jeton/client';
import { readArguments, UsageError } from '../../command-line/options.ts';
import { inform, print } from '../../terminal/output.ts';
import { runProgram } from '../../terminal/run.ts';
import { loadAccount } from '../load-account.ts';
import { readOptionsFiles } from '../oidc-agent-service/options-files.ts';
import { announceService, runningAgent, startAgent, stopAgent } from '../oidc-agent-service/service.ts';
import { agentOptions, program } from './command-line.ts';

type Options = ReturnType<typeof readArguments<typeof program>>['options'];

async function main(): Promise<number> {
  const { options, positionals } = readArguments(program);
  if (!options.accounts && positionals.length > 0) {
    throw new UsageError(program, `accounts come after --accounts: '${positionals[0]}'`);
  }
  try {
    if (options.kill) return await kill();
    await useWith(options, positionals);
    return 0;
  } catch (error) {
    // The shell that evaluates the output hears of it, too.
    print('false;');
    throw error;
  }
}

async function kill(): Promise<number> {
  if (await stopAgent()) return 0;
  inform(`${program.name}: there is no agent to stop`);
  print('false;');
  return 1;
}

async function useWith(options: Options, accounts: readonly string[]): Promise<void> {
  const agent = (await runningAgent()) ?? (await start(options));
  await announceService(agent);
  const loaded = accounts.length > 0 ? await loadedAccounts({ socketPath: agent.socketPath }) : [];
  for (const account of accounts) {
    if (!loaded.includes(account)) await loadAccount(account, { OIDC_SOCK: agent.socketPath });
  }
}

async function start(options: Options) {
  const service = await readOptionsFiles(process.env);
  return await startAgent({ ...service, agentOptions: [...service.agentOptions, ...wordsFor(options)] });
}

/** The options for oidc-agent as it reads them. */
function wordsFor(options: Options): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (!Object.hasOwn(agentOptions, name) || value === undefined || value === false) return [];
    return [value === true ? `--${name}` : `--${name}=${value}`];
  });
}

void runProgram(main);
