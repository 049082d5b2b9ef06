/** `oidc-add --json -l` and `--json -a`: the accounts as JSON (docs/oidc-add.md). */
import { AgentError } from '@jeton/client';
import { agentDirectory, listAccountNames } from '../../accounts/directory.ts';
import type { AskOptions } from '../../client/ask-agent.ts';
import { UsageError } from '../../command-line/options.ts';
import { printJson } from '../../terminal/output.ts';
import { reportErrorsAsJson } from '../../terminal/run.ts';
import { loadedAccounts } from '../accounts.ts';
import { type Options, program } from './command-line.ts';

/**
 * Prints `{"accounts": [...]}`, an object for each account.
 * @throws UsageError without -l or -a; FileError `no-directory`; AgentError, with -a also if no agent runs
 */
export async function printListAsJson(options: Options, agent: AskOptions): Promise<void> {
  if (!options.list && !options.loaded)
    throw new UsageError(program, "option '--json' goes with '--list' or '--loaded'");
  reportErrorsAsJson();
  const accounts = options.list ? await configured(agent) : await held(agent);
  printJson(JSON.stringify({ accounts }));
}

/** The accounts that have a file. Without an agent none of them is loaded. */
async function configured({ remote }: AskOptions): Promise<object[]> {
  const directory = agentDirectory(process.env);
  const names = directory === undefined ? [] : listAccountNames(directory);
  const loaded = await held({ remote }).catch((error: unknown) => {
    if (error instanceof AgentError) return error.code === 'unreachable' ? [] : undefined;
    throw error;
  });
  return names.map((name) => {
    const account = loaded?.find((one) => one.name === name);
    // An agent that is locked does not say what it holds.
    return account ?? { name, loaded: loaded === undefined ? null : false };
  });
}

/** The accounts of an agent. The members have the names of `oidc-agent --status --json`. */
async function held(agent: AskOptions): Promise<{ name: string }[]> {
  const accounts = await loadedAccounts(agent);
  return accounts.map(({ name, issuer, unloaded_at, grant_expires_at }) => ({
    name,
    loaded: true,
    issuer,
    unloaded_at,
    grant_expires_at,
  }));
}
