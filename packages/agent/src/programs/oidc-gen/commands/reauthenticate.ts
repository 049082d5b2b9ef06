import { type LoadedAccountFile, readAccountFile, writeAccountFile } from '../../../accounts/account-file.ts';
import { requireRoom } from '../../../accounts/directory.ts';
import { askAgent } from '../../../client/ask-agent.ts';
import { withGrant } from '../../../login/granted-account.ts';
import { print } from '../../../terminal/output.ts';
import { passwordsFor } from '../../password-options.ts';
import { withNeeds } from '../clients/extend-client.ts';
import type { Options } from '../command-line.ts';
import { finishRenewal, printsSteps } from '../finish.ts';
import { meetIssuer } from '../issuer.ts';
import { PendingLogin } from '../login/code-login.ts';
import { flowsFor } from '../login/flows.ts';
import { logIn } from '../login/login.ts';
import { keepLogin } from '../login/pending-login.ts';
import { showLogin } from '../login/summary.ts';
import { changeUnchanged } from '../unchanged.ts';

/**
 * `oidc-gen --reauthenticate NAME`: logs in again with the client of an account whose refresh token is dead.
 * @throws ProgramError, AgentError, FileError, IssuerError, IssuerUnreachableError or Interrupted
 */
export async function reauthenticate(
  name: string,
  path: string,
  directory: string,
  options: Options,
): Promise<void> {
  await askAgent({ request: 'check' }, { autoStart: true });
  const file = await readAccountFile(path, passwordsFor(name, options));
  await requireRoom(directory, path);
  if (file.account.mytoken_url !== undefined) {
    await (await import('./mytoken.ts')).renewMytoken(file, path, options);
    return;
  }
  const issuer = await meetIssuer(file.account.issuer_url, directory, options, file.account);
  const flows = flowsFor(options, issuer.metadata, file.account);
  const account = await withNeeds(file.account, issuer, flows, options);
  await keepChange(path, file, account);
  print('Generating account configuration ...');
  const outcome = await logIn({ account, issuer, flows }, options);
  if (outcome instanceof PendingLogin) {
    const renews = { name, key: file.key };
    await keepLogin(directory, { account, authorization: outcome.authorization, renews });
    return;
  }
  const renewed = withGrant(account, outcome.tokens);
  await finishRenewal(path, renewed, file.key, options, printsSteps(outcome.flow));
  await showLogin({ account: renewed, tokens: outcome.tokens, metadata: issuer.metadata });
}

/** Saves a new registration token before anything else can fail: without the token the user cannot change the client any more. */
async function keepChange(
  path: string,
  { account, key, content }: LoadedAccountFile,
  changed: typeof account,
): Promise<void> {
  const { registration_access_token: token } = changed;
  if (token === undefined || token === account.registration_access_token) return;
  const kept = { ...account, registration_access_token: token, client_secret: changed.client_secret };
  await changeUnchanged(path, content, async () => {
    await writeAccountFile(path, kept, key);
  });
}
