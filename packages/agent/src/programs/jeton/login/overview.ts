/** `jeton` without arguments at a terminal: the accounts of the user, and what can be done with them. */
import { AgentError } from '@jeton/client';
import { shellQuote } from '@jeton/client/shell-quote';
import { agentDirectory, listAccountNames } from '../../../accounts/directory.ts';
import { knownIssuers } from '../../../config/issuers/issuers.ts';
import { localTime } from '../../../terminal/local-time.ts';
import { print } from '../../../terminal/output.ts';
import { type LoadedAccount, loadedAccounts } from '../../accounts.ts';
import { nextCommands } from '../../next-commands.ts';

/**
 * Shows the accounts that have a file, and those that the agent holds.
 * @returns whether there is one
 * @throws FileError if the folder of the accounts cannot be read
 */
export async function showAccounts(): Promise<boolean> {
  const directory = agentDirectory(process.env);
  const stored = directory === undefined ? [] : listAccountNames(directory);
  const agent = await askWhatIsLoaded(stored.length > 0);
  const loaded = new Map(agent.accounts.map((account) => [account.name, account]));
  const names = [...new Set([...stored, ...loaded.keys()])];
  const [first] = [...loaded.keys(), ...names];
  if (first === undefined) return false;
  const { issuers } = await knownIssuers(directory);
  const lines = names.map((name) => {
    const account = loaded.get(name);
    const issuer = account?.issuer ?? issuers.find(({ accounts }) => accounts?.includes(name))?.issuer;
    return { name, issuer: issuer ?? 'issuer unknown', state: agent.problem ?? stateOf(name, account) };
  });
  const width = (member: 'name' | 'issuer') => Math.max(...lines.map((line) => line[member].length));
  const [nameWidth, issuerWidth] = [width('name'), width('issuer')];
  print(loaded.size > 0 ? 'You are logged in with these accounts:' : 'You have these accounts:');
  for (const { name, issuer, state } of lines)
    print(`  ${name.padEnd(nameWidth)}  ${issuer.padEnd(issuerWidth)}  ${state}`);
  const quoted = shellQuote(first);
  print(
    nextCommands([
      ...(agent.isRunning ? [] : [['eval $(oidc-agent)', 'start an agent: none runs'] as const]),
      ...(loaded.size > 0 ? [] : [[`oidc-add ${quoted}`, 'load the account into the agent'] as const]),
      [`oidc-token ${quoted}`, 'print an access token'],
      [`jeton login ${quoted}`, 'log in again'],
      ['jeton login', 'log in with another account'],
      [
        `oidc-gen -d ${names.length > 1 ? 'NAME' : quoted}`,
        'log out: delete the account, here and at the issuer',
      ],
      ['jeton --help', 'list all commands'],
    ]),
  );
  return true;
}

interface AgentState {
  readonly isRunning: boolean;
  readonly accounts: readonly LoadedAccount[];
  /** Why the agent does not say which accounts it holds, or why there is none. */
  readonly problem?: string;
}

/** @param autoStart whether a missing agent is started, if the configuration of the user says so */
async function askWhatIsLoaded(autoStart: boolean): Promise<AgentState> {
  try {
    return { isRunning: true, accounts: await loadedAccounts({ autoStart }) };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    const isRunning = error.code !== 'unreachable';
    return { isRunning, accounts: [], problem: isRunning ? error.message : 'no agent runs' };
  }
}

function stateOf(name: string, account: LoadedAccount | undefined): string {
  if (account === undefined) return `not loaded: oidc-add ${shellQuote(name)}`;
  const { grant_expires_at: end, last_refresh: refresh, tokens } = account;
  if (end !== undefined && end < Date.now() / 1000)
    return `login ended ${localTime(end)}: jeton login ${shellQuote(name)}`;
  if (refresh?.error !== undefined) return `last refresh failed: ${refresh.error}`;
  const tokenEnd = Math.max(0, ...tokens.map(({ expires_at }) => expires_at));
  return [
    'loaded',
    ...(tokenEnd === 0 ? [] : [`access token until ${localTime(tokenEnd)}`]),
    ...(end === undefined ? [] : [`login until ${localTime(end)}`]),
  ].join(', ');
}
