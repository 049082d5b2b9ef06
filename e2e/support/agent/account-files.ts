/** Account files as oidc-gen would have written them, for clients and refresh tokens that a test's issuer knows. */
import { join } from 'node:path';
import { type Account, accountFromJson } from '../../../packages/agent/src/accounts/account.ts';
import { readAccountFile, writeAccountFile } from '../../../packages/agent/src/accounts/account-file.ts';
import { FileKey } from '../../../packages/agent/src/accounts/format/crypt.ts';
import { passwordSource } from '../../../packages/agent/src/accounts/passwords/passwords.ts';
import { Secret } from '../../../packages/agent/src/secret.ts';
import type { Sandbox } from '../computer/sandbox.ts';
import { PASSWORD } from './accounts.ts';

/** Writes an account file, encrypted with `PASSWORD`. */
export async function writeAccount(
  sandbox: Sandbox,
  members: { name: string; issuer_url: string } & Record<string, string>,
): Promise<void> {
  const account = accountFromJson({
    client_id: 'client',
    auth_scope: 'openid offline_access',
    refresh_token: 'first refresh token',
    ...members,
  });
  const key = await FileKey.derive(new Secret(PASSWORD));
  await writeAccountFile(join(sandbox.accounts, account.name), account, key);
}

/** What an account's file says. */
export async function readAccount(sandbox: Sandbox, name: string): Promise<Account> {
  const passwords = passwordSource({ account: name, variable: 'P', env: { P: PASSWORD } });
  return (await readAccountFile(join(sandbox.accounts, name), passwords)).account;
}
