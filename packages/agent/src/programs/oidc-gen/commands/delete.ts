import type { Account } from '../../../accounts/account.ts';
import { deleteAccountFile, readAccountFile } from '../../../accounts/account-file.ts';
import { forgetInKeyrings } from '../../../accounts/passwords/keyring.ts';
import { forgetAccount } from '../../../config/issuers/issuers.ts';
import { withLock } from '../../../files/lock/lock.ts';
import { requireRemovable } from '../../../files/saving/savable.ts';
import { metadataOf } from '../../../login/account-issuer.ts';
import { accountCredentials } from '../../../oauth/client/client-authentication.ts';
import { deleteClient } from '../../../oauth/client/registration.ts';
import { IssuerError, IssuerUnreachableError } from '../../../oauth/http/errors.ts';
import { revokeMytoken } from '../../../oauth/mytoken/mytoken.ts';
import { revokeToken } from '../../../oauth/tokens/revocation.ts';
import { print, printError, warn } from '../../../terminal/output.ts';
import { ProgramError } from '../../../terminal/run.ts';
import { unloadFromAgent } from '../../accounts.ts';
import { warnOfInsecureHttp } from '../../insecure-http.ts';
import { passwordsFor } from '../../password-options.ts';
import { consent } from '../ask-user.ts';
import type { Options } from '../command-line.ts';
import { customFor } from '../custom.ts';

/**
 * `oidc-gen -d NAME`: revokes the refresh token, deletes the client at the issuer, then forgets the account.
 * @throws ProgramError, FileError, IssuerError or AgentError
 */
export async function deleteAccount(
  name: string,
  path: string,
  directory: string,
  options: Options,
): Promise<void> {
  const passwords = passwordsFor(name, options);
  const { key, account } = await readAccountFile(path, passwords);
  warnOfInsecureHttp(account);
  await requireRemovable(path);
  if (!(await consent(`Delete the account '${name}', its tokens and its client?`, false, options))) {
    throw new ProgramError(`The account '${name}' was not deleted`, [
      'to delete it without a question: --confirm-yes',
    ]);
  }
  try {
    await withLock(path, async () => {
      // An agent may have saved a new refresh token while the user read the question.
      const newest = await readAccountFile(path, passwords, key);
      await endAtIssuer(newest.account);
    });
  } catch (error) {
    await leaveAtIssuer(name, error, options);
  }
  if ((await unloadFromAgent(name)).wasLoaded) {
    print("The generated account was successfully removed from oidc-agent. You don't have to run oidc-add.");
  }
  // An agent elsewhere that is about to save a refresh token would bring the file back.
  await withLock(path, () => deleteAccountFile(path));
  await forgetInKeyrings(path);
  // After the file: an agent lists an account that has one.
  await forgetAccount(directory, account.issuer_url, name).catch((error: Error) =>
    warn(`issuer.config: ${error.message}`),
  );
  print('Successfully deleted account configuration.');
}

/** Ends the grant and the client. */
async function endAtIssuer(account: Account): Promise<void> {
  if (account.refresh_token !== undefined) await revoke(account);
  await removeClient(account);
}

/** If the issuer does not cooperate, the user decides. */
async function leaveAtIssuer(name: string, error: unknown, options: Options): Promise<void> {
  if (!(error instanceof IssuerError || error instanceof IssuerUnreachableError)) throw error;
  printError(error.message, error.hints);
  if (await consent('Delete the account here anyway?', false, options)) return;
  throw new ProgramError(`The account '${name}' was not deleted`, [
    'try again when the issuer can be reached, or delete it here only: --confirm-yes',
  ]);
}

async function revoke(account: Account): Promise<void> {
  const { cert_path: certPath, refresh_token } = account;
  const metadata = await metadataOf(account);
  const client = accountCredentials(account);
  const customParameters = await customFor('revocation', account);
  if (refresh_token === undefined) return;
  try {
    if (account.mytoken_url !== undefined) {
      await revokeMytoken({ metadata, mytoken: refresh_token, certPath });
      return;
    }
    await revokeToken({
      metadata,
      client,
      token: refresh_token,
      tokenType: 'refresh_token',
      certPath,
      customParameters,
    });
  } catch (error) {
    // The issuer has no revocation, or no longer knows the client: nothing is left to revoke.
    if (error instanceof IssuerError && ['unsupported', 'client_refused'].includes(error.kind)) return;
    throw error;
  }
}

async function removeClient(account: Account): Promise<void> {
  const {
    registration_client_uri,
    registration_access_token,
    issuer_url: issuer,
    cert_path: certPath,
    insecure_http: insecureHttp,
  } = account;
  if (registration_client_uri === undefined || registration_access_token === undefined) return;
  await deleteClient(registration_client_uri, registration_access_token, {
    issuer,
    certPath,
    insecureHttp,
  });
  print('Deleted oidc client.');
}
