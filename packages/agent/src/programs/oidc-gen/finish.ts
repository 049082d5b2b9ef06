/** Uses the tokens of a login: saves the account and hands it to the agent, or prints a token. */

import type { Account } from '../../accounts/account.ts';
import { type GpgKey, writeAccountFile } from '../../accounts/account-file.ts';
import { accountPath } from '../../accounts/directory.ts';
import type { FileKey } from '../../accounts/format/crypt.ts';
import { rememberAccount } from '../../config/issuers/issuers.ts';
import { withLock } from '../../files/lock/lock.ts';
import type { Flow } from '../../oauth/grants/flow.ts';
import { inform, print, warn } from '../../terminal/output.ts';
import { type AddOptions, addToAgent, unloadFromAgent } from '../accounts.ts';
import { newFileKey } from '../password-options.ts';
import type { Options } from './command-line.ts';

/** Whether to report each step to the user: not after a login in a browser, which has already shown its success. */
export const printsSteps = (flow: Flow): boolean => flow === 'password' || flow === 'refresh';

/**
 * Saves a new account and hands it to the agent.
 * @param key encrypts its file; without one, asks the user for a password
 * @param printSteps whether to report that the agent has the account
 * @param onSaved called once the file exists: from then on nothing is undone
 * @throws FileError if there is no password or the file cannot be written; AgentError; the reason of the signal
 */
export async function finishAccount(
  account: Account,
  directory: string,
  options: Options,
  {
    key: given,
    printSteps,
    signal,
    onSaved,
  }: {
    key: FileKey | GpgKey | undefined;
    printSteps: boolean;
    signal?: AbortSignal;
    onSaved?: () => void;
  },
): Promise<void> {
  if (options['no-save']) {
    await unloadFromAgent(account.name, { comesBack: true });
    await loadIntoAgent(account, undefined, { ...options, noFile: true }, printSteps);
  } else {
    if (options.verbose) {
      inform(`The following data will be saved encrypted:\n${JSON.stringify(account, undefined, 2)}`);
    }
    const key = given ?? (await newFileKey(account.name, options));
    signal?.throwIfAborted();
    await replaceAccountFile(accountPath(directory, account.name), account, key);
    onSaved?.();
    await rememberAccount(directory, account.issuer_url, account.name).catch((error: Error) =>
      warn(`issuer.config: ${error.message}`),
    );
    await loadIntoAgent(account, key, options, printSteps);
  }
  print('Everything setup correctly!');
}

/**
 * Saves a new grant of an account that has a file, and hands it to the agent.
 * @throws FileError if the file cannot be written; AgentError
 */
export async function finishRenewal(
  path: string,
  account: Account,
  key: FileKey | undefined,
  options: Options,
  printSteps: boolean,
): Promise<void> {
  await replaceAccountFile(path, account, key);
  await loadIntoAgent(account, key, options, printSteps);
  print('Everything setup correctly!');
}

/**
 * Puts a new account on disk. The agent forgets one of the same name before, and an agent elsewhere that is in the middle
 * of a refresh finishes it: the refresh token that they save must not come after the new one.
 */
async function replaceAccountFile(
  path: string,
  account: Account,
  key: FileKey | GpgKey | undefined,
): Promise<void> {
  await unloadFromAgent(account.name, { comesBack: true });
  await withLock(path, () => writeAccountFile(path, account, key));
}

/** Hands a new account to the agent. */
async function loadIntoAgent(
  account: Account,
  key: FileKey | GpgKey | undefined,
  options: Options & Pick<AddOptions, 'noFile'>,
  printSteps: boolean,
): Promise<void> {
  const remark = await addToAgent(account, key, { ...options, skipCheck: true });
  if (remark !== undefined) inform(remark);
  if (!printSteps) return;
  print("The generated account config was successfully added to oidc-agent. You don't have to run oidc-add.");
}
