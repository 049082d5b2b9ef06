/**
 * Account files that are written, read and loaded as oidc-gen and oidc-add do it, with a key that was derived once for all of
 * them: hundreds take no time.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange } from '@jeton/client/conversation/exchange';
import { type Account, accountToJson, parseAccount } from '../../../packages/agent/src/accounts/account.ts';
import { writeAccountFile } from '../../../packages/agent/src/accounts/account-file.ts';
import { FileKey, open } from '../../../packages/agent/src/accounts/format/crypt.ts';
import { parseAccountFile } from '../../../packages/agent/src/accounts/format/format.ts';
import { Secret } from '../../../packages/agent/src/secret.ts';
import type { Sandbox } from '../computer/sandbox.ts';
import type { WatchedIam } from '../servers/watched-iam.ts';
import { PASSWORD } from './accounts.ts';

const fileKey = FileKey.derive(new Secret(PASSWORD));

/** Logs in and writes the account file. */
export async function makeAccount(sandbox: Sandbox, iam: WatchedIam, name: string): Promise<void> {
  await saveRefreshToken(sandbox, iam, name, await iam.logIn(name));
}

/** Writes the account file with a refresh token. */
export async function saveRefreshToken(
  sandbox: Sandbox,
  iam: WatchedIam,
  name: string,
  refreshToken: string,
): Promise<void> {
  const account: Account = {
    name,
    issuer_url: iam.issuer,
    client_id: name,
    auth_scope: 'openid offline_access storage.read:/ compute.read',
    token_endpoint_auth_method: 'none',
    refresh_token: new Secret(refreshToken),
  };
  await writeAccountFile(join(sandbox.accounts, name), account, await fileKey);
}

/** The refresh token that is on disk. */
export async function refreshTokenOnDisk(sandbox: Sandbox, name: string): Promise<string> {
  return (await read(sandbox, name)).refresh_token?.reveal() ?? 'none';
}

/**
 * Loads an account, as oidc-add does once it has the password. The agent asks the issuer for a token at once.
 *
 * @param options further members of the request `add`
 * @throws AgentError
 */
export async function loadAccount(
  sandbox: Sandbox,
  socketPath: string,
  name: string,
  options: object = {},
): Promise<void> {
  const { salt, bytes } = await fileKey;
  await exchange(
    {
      request: 'add',
      ...options,
      config: accountToJson(await read(sandbox, name)),
      file_key: { salt: Buffer.from(salt).toString('base64'), key: bytes.toString('base64') },
    },
    { socketPath },
  );
}

async function read(sandbox: Sandbox, name: string): Promise<Account> {
  const file = parseAccountFile(readFileSync(join(sandbox.accounts, name), 'utf8'));
  if (file.form !== 'sealed') throw new Error(`the file of ${name} is of the form ${file.form}`);
  return parseAccount(open(file.sealed, await fileKey));
}
