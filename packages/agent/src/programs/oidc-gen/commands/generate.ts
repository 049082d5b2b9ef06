/** `oidc-gen NAME`: client, login, password, account file, agent. */

import { existsSync } from 'node:fs';
import { accounts as loadedAccounts } from '@jeton/client';
import { shellQuote } from '@jeton/client/shell-quote';
import { accountPath, createAgentDirectory, requireRoom } from '../../../accounts/directory.ts';
import { askAgent } from '../../../client/ask-agent.ts';
import { withGrant } from '../../../login/granted-account.ts';
import { Interruption } from '../../../terminal/interruption.ts';
import { print } from '../../../terminal/output.ts';
import { ProgramError } from '../../../terminal/run.ts';
import { warnOfOpenFolder } from '../../accounts.ts';
import { permittedHost } from '../../insecure-http.ts';
import { keyInAdvance } from '../../password-options.ts';
import { consent } from '../ask-user.ts';
import { clientFor } from '../clients/client-for.ts';
import { namedRedirectUris, requireClientFile } from '../clients/manual.ts';
import type { Options } from '../command-line.ts';
import { finishAccount, printsSteps } from '../finish.ts';
import { PendingLogin } from '../login/code-login.ts';
import { logIn } from '../login/login.ts';
import { keepLogin } from '../login/pending-login.ts';
import { showLogin } from '../login/summary.ts';
import { shortName } from '../questions.ts';

export async function generate(given: string | undefined, options: Options): Promise<void> {
  const onlyToken = options['only-at'];
  // Start with the steps that can fail without leaving a trace at the issuer.
  namedRedirectUris(options);
  permittedHost(options);
  if (options.file !== undefined) await requireClientFile(options.file);
  if (!onlyToken) await askAgent({ request: 'check' }, { autoStart: true });
  const name = onlyToken ? (given ?? 'token') : await shortName(given, options);
  const directory = createAgentDirectory(process.env);
  if (!onlyToken) await mayUseName(name, directory, options);
  const isSaved = !onlyToken && !options['no-save'];
  if (isSaved) {
    await requireRoom(directory, accountPath(directory, name));
    warnOfOpenFolder(directory);
  }
  const key = isSaved ? await keyInAdvance(name, options) : undefined;
  if (options['mytoken-url'] !== undefined) {
    await (await import('./mytoken.ts')).generateMytokenAccount(name, directory, options, key);
    return;
  }
  const interruption = new Interruption('Interrupted. Nothing was stored.');
  const { signal } = interruption;
  let keepClient = false;
  const client = await clientFor({ name, directory, options, signal });
  try {
    signal.throwIfAborted();
    if (!onlyToken) print('Generating account configuration ...');
    const outcome = await logIn(client, options);
    if (outcome instanceof PendingLogin) {
      await keepLogin(directory, { account: client.account, authorization: outcome.authorization });
      keepClient = true;
    } else if (onlyToken) {
      print(outcome.tokens.accessToken.reveal());
    } else {
      const onSaved = () => {
        keepClient = true;
      };
      const printSteps = printsSteps(outcome.flow);
      const account = withGrant(client.account, outcome.tokens);
      await finishAccount(account, directory, options, { key, printSteps, signal, onSaved });
      keepClient = true;
      await showLogin({ account, tokens: outcome.tokens, metadata: client.issuer.metadata });
    }
  } finally {
    if (!keepClient) await client.undo();
    interruption.dispose();
  }
}

async function mayUseName(name: string, directory: string, options: Options): Promise<void> {
  if (existsSync(accountPath(directory, name))) {
    if (await consent('An account with that shortname already exists. Overwrite?', false, options)) return;
    throw new ProgramError('An account with that shortname is already configured', [
      `to log in again with it: oidc-gen --reauthenticate ${shellQuote(name)}`,
      `to replace it, delete it first: oidc-gen -d ${shellQuote(name)}; or use --confirm-yes`,
    ]);
  }
  if ((await loadedAccounts()).includes(name)) {
    throw new ProgramError(
      'An account with this shortname is already loaded. I will not register a new one.',
      [`to unload that account, which has no file: oidc-add -r ${shellQuote(name)}`],
    );
  }
}
