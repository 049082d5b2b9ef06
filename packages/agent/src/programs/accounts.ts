/** The steps with accounts that oidc-add and oidc-gen share. */
import { statSync } from 'node:fs';
import { AgentError } from '@jeton/client';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import * as v from 'valibot';
import { type Account, accountToJson } from '../accounts/account.ts';
import type { GpgKey } from '../accounts/account-file.ts';
import { agentDirectory, listAccountNames } from '../accounts/directory.ts';
import type { FileKey } from '../accounts/format/crypt.ts';
import { openFolder } from '../accounts/open-folder.ts';
import { type AskOptions, askAgent } from '../client/ask-agent.ts';
import { print, warn } from '../terminal/output.ts';
import { type KeptPassword, type PasswordChoice, passwordEntry } from './password-options.ts';

/** Warns the user if other users can put files into the folder of the accounts. */
export function warnOfOpenFolder(directory: string): void {
  const problem = openFolder(directory, statSync(directory));
  if (problem !== undefined) warn(`Warning: ${problem.message}\nhint: ${problem.hint}`);
}

/**
 * `-l`: the accounts that have a file, one a line; a heading only for the user.
 * @throws FileError `no-directory` when a variable that is needed is not set, or a system error if the folder cannot be
 * read
 */
export function printConfiguredAccounts(): void {
  const directory = agentDirectory(process.env);
  const names = directory === undefined ? [] : listAccountNames(directory);
  printNames(
    names,
    'The following account configurations are usable: ',
    'No account configurations created yet.',
  );
}

/**
 * `-a`: the accounts that an agent holds.
 * @throws AgentError
 */
export async function printLoadedAccounts(agent: AskOptions): Promise<void> {
  const { info } = await askAgent({ request: 'loaded_accounts' }, agent);
  const names = Array.isArray(info) ? info.map(String) : [];
  printNames(
    names,
    'The following account configurations are currently loaded: ',
    'No account configurations are currently loaded.',
  );
}

function printNames(names: readonly string[], heading: string, none: string): void {
  if (process.stdout.isTTY) print(names.length > 0 ? `\n${heading}` : none);
  for (const name of names) print(name);
}

export interface AddOptions extends PasswordChoice {
  readonly 'always-allow-idtoken'?: boolean;
  /** Whether the agent asks before a program gets a token. */
  readonly confirm?: boolean;
  readonly lifetime?: number | undefined;
  /** For agents that cannot do with the key of the file. */
  readonly keptPassword?: KeptPassword | undefined;
  /** The agent is at $OIDC_REMOTE_SOCK. */
  readonly remote?: boolean;
  /** The agent need not try the refresh token. */
  readonly skipCheck?: boolean;
  /** The name of the account's file, if it differs from the account's. */
  readonly fileName?: string | undefined;
  /** The account has no file on the agent's computer, or none that this program knows. */
  readonly noFile?: boolean;
}

/**
 * Hands an account to the agent, over the encrypted form of the protocol.
 *
 * @param key the key of the account's file, with which the agent saves new refresh tokens
 * @returns the agent's remarks
 * @throws AgentError
 */
export async function addToAgent(
  account: Account,
  key: FileKey | GpgKey | undefined,
  options: AddOptions,
): Promise<string | undefined> {
  const fileKey = key === undefined || 'gpgKey' in key ? undefined : key.toText();
  const needsNoPassword = fileKey !== undefined && options['pw-env'] && (await takesFileKeys(options.remote));
  const passwords = needsNoPassword ? { ...options, 'pw-env': undefined } : options;
  const request = {
    request: 'add',
    config: accountToJson(account),
    lifetime: options.lifetime,
    pw_entry: passwordEntry(account.name, passwords, options.keptPassword),
    confirm: options.confirm ? 1 : 0,
    always_allow_id_token: options['always-allow-idtoken'] ? 1 : 0,
    // Its name in oidc-agent 4.
    always_allow_id: options['always-allow-idtoken'] ? 1 : 0,
    plain_add: options.skipCheck ? 1 : 0,
    file_name: options.fileName === account.name ? undefined : options.fileName,
    no_file: options.noFile || options.remote ? 1 : undefined,
    file_key: fileKey,
  };
  const { info } = await askAgent(request, {
    channel: new EncryptedChannel(),
    remote: options.remote,
  });
  return typeof info === 'string' ? info : undefined;
}

/**
 * Whether the agent is jeton's, which needs only the file's key to save a new refresh token. The agent of the C suite needs the
 * password. An agent that does not get the password does not have it in its memory.
 */
async function takesFileKeys(remote: boolean | undefined): Promise<boolean> {
  return (await statusOf(remote)) !== undefined;
}

/**
 * Whether the options of a command line would change how an agent of jeton's holds an account. That of the C suite changes nothing.
 * @throws AgentError
 */
export async function wouldChange(name: string, options: AddOptions): Promise<boolean> {
  const { confirm, 'always-allow-idtoken': allowIdTokens } = options;
  if (!confirm && !allowIdTokens) return false;
  const held = (await statusOf(options.remote))?.accounts.find((account) => account.name === name);
  if (held === undefined) return false;
  return (confirm && !held.confirm) || (allowIdTokens === true && !held.always_allow_id_token);
}

/** What the status of an agent says about an account. Times are seconds since the epoch. */
const LoadedAccount = v.object({
  name: v.string(),
  issuer: v.optional(v.string()),
  /** When the agent forgets the account. */
  unloaded_at: v.optional(v.number()),
  confirm: v.optional(v.boolean(), false),
  always_allow_id_token: v.optional(v.boolean(), false),
  grant_expires_at: v.optional(v.number()),
  last_refresh: v.optional(v.object({ error: v.optional(v.string()) })),
  tokens: v.optional(v.array(v.object({ expires_at: v.number() })), []),
});
export type LoadedAccount = v.InferOutput<typeof LoadedAccount>;

/**
 * The accounts that an agent holds, with what its status says about each. An agent of the C suite says their names alone.
 * @throws AgentError
 */
export async function loadedAccounts(agent: AskOptions): Promise<LoadedAccount[]> {
  const { info } = await askAgent({ request: 'loaded_accounts' }, agent);
  const names = Array.isArray(info) ? info.map(String) : [];
  const known = (await statusOf(agent.remote))?.accounts ?? [];
  return names.map((name) => known.find((one) => one.name === name) ?? v.parse(LoadedAccount, { name }));
}

const Status = v.object({ pid: v.number(), accounts: v.array(LoadedAccount) });

/** The status of an agent of jeton's; undefined for an agent of the C suite, and if no agent answers. */
export async function statusOf(
  remote?: boolean | undefined,
): Promise<v.InferOutput<typeof Status> | undefined> {
  try {
    const { info } = await askAgent({ request: 'status_json' }, { remote });
    const status = v.safeParse(Status, info);
    return status.success ? status.output : undefined;
  } catch (error) {
    if (error instanceof AgentError) return undefined;
    throw error;
  }
}

/**
 * Has the agent unload an account. Does nothing if no agent runs, or if the agent does not hold the account.
 *
 * @param comesBack whether the caller is about to load the account with a new login, which then keeps its options
 * @throws AgentError
 */
export async function unloadFromAgent(
  account: string,
  { comesBack = false }: { comesBack?: boolean } = {},
): Promise<{ wasLoaded: boolean }> {
  try {
    await askAgent({ request: 'remove', account, keep_options: comesBack ? 1 : undefined });
    return { wasLoaded: true };
  } catch (error) {
    if (error instanceof AgentError && ['not-loaded', 'unreachable'].includes(error.code))
      return { wasLoaded: false };
    throw error;
  }
}
