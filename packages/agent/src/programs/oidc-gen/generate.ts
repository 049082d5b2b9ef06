/** `oidc-gen -w device NAME`: client, login, password, account file, agent. */
import { existsSync } from 'node:fs';
import { exchange } from '@jeton/client';
import { rememberAccount } from '../../config/issuers.ts';
import { clientCredentials } from '../../oauth/client-authentication.ts';
import { Interruption } from '../../terminal/interruption.ts';
import { print, tell, warn } from '../../terminal/output.ts';
import { ProgramError } from '../../terminal/run.ts';
import type { Account } from '../../vault/account.ts';
import { FileKey } from '../../vault/crypt.ts';
import { accountPath, createAgentDirectory } from '../../vault/directory.ts';
import { withLock } from '../../vault/lock.ts';
import { writeAccountFile } from '../../vault/store.ts';
import { addToAgent, unloadFromAgent } from '../accounts.ts';
import { hasPassword, passwordsFor } from '../password-options.ts';
import { type Client, clientFromFile } from './client.ts';
import type { Options } from './command-line.ts';
import { consent, mayAsk } from './consent.ts';
import { logIn } from './login.ts';
import { shortName } from './questions.ts';
import { registeredClient } from './register.ts';

export async function generate(given: string | undefined, options: Options): Promise<void> {
  // What can fail without a trace at the issuer comes first.
  await exchange({ request: 'check' });
  const name = await shortName(given, options);
  const directory = createAgentDirectory(process.env);
  const path = accountPath(directory, name);
  await mayOverwrite(name, path, options);
  if (!hasPassword(options, mayAsk(options))) await passwordsFor(name, options, false).forEncryption();

  const interruption = new Interruption('Interrupted. Nothing is stored.');
  const { signal } = interruption;
  const client = await (options.file === undefined
    ? registeredClient(name, directory, options, signal)
    : clientFromFile(name, options.file, options, signal));
  let saved = false;
  try {
    signal.throwIfAborted();
    const account = await accountByLogin(client);
    const key = await FileKey.derive(await passwordsFor(name, options, mayAsk(options)).forEncryption());
    signal.throwIfAborted();
    await replaceAccountFile(path, account, key);
    saved = true;
    await rememberAccount(directory, account.issuer_url, name).catch((error: Error) =>
      warn(`issuer.config: ${error.message}`),
    );
    await loadIntoAgent(account, key, options);
  } catch (error) {
    if (!saved) await client.undo();
    throw error;
  } finally {
    interruption.dispose();
  }
  print('Everything setup correctly!');
}

async function accountByLogin({ metadata, account }: Client): Promise<Account> {
  print('Generating account configuration ...');
  const { client_id, client_secret, token_endpoint_auth_method, cert_path: certPath, audience } = account;
  const client = clientCredentials(client_id, client_secret, token_endpoint_auth_method);
  const scope = account.auth_scope ?? '';
  const tokens = await logIn({ metadata, client, scope, audience, certPath });
  return { ...account, refresh_token: tokens.refreshToken, refresh_scope: tokens.scope };
}

/**
 * Puts a new account on disk. The agent forgets one of the same name before, and an agent elsewhere that is in the middle
 * of a refresh finishes it: the refresh token that they save must not come after the new one.
 */
export async function replaceAccountFile(
  path: string,
  account: Account,
  key: FileKey | undefined,
): Promise<void> {
  await unloadFromAgent(account.name);
  await withLock(path, () => writeAccountFile(path, account, key));
}

/** Hands a new account to the agent. */
export async function loadIntoAgent(
  account: Account,
  key: FileKey | undefined,
  options: Options,
): Promise<void> {
  const remark = await addToAgent(account, key, { ...options, skipCheck: true });
  if (remark !== undefined) tell(remark);
  print("The generated account config was successfully added to oidc-agent. You don't have to run oidc-add.");
}

async function mayOverwrite(name: string, path: string, options: Options): Promise<void> {
  if (!existsSync(path)) return;
  if (await consent('An account with that shortname already exists. Overwrite?', false, options)) return;
  throw new ProgramError('An account with that shortname is already configured', [
    `to log in again with it: oidc-gen --reauthenticate -w device ${name}`,
    `to replace it, delete it first: oidc-gen -d ${name}; or say --confirm-yes`,
  ]);
}
