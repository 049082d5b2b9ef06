import { exchange } from '@jeton/client';
import { print } from '../../terminal/output.ts';
import { readAccountFile } from '../../vault/store.ts';
import { passwordsFor } from '../password-options.ts';
import { PendingLogin } from './code-login.ts';
import type { Options } from './command-line.ts';
import { loadIntoAgent, replaceAccountFile, withGrant } from './finish.ts';
import { flowsFor } from './flows.ts';
import { metadataOf } from './issuer.ts';
import { logIn } from './login.ts';
import { keepLogin } from './pending-login.ts';
import { mayAsk } from './person.ts';

/** `oidc-gen --reauthenticate NAME`: a new login with the client of an account, whose refresh token is dead. */
export async function reauthenticate(
  name: string,
  path: string,
  directory: string,
  options: Options,
): Promise<void> {
  await exchange({ request: 'check' });
  const { account, key } = await readAccountFile(path, passwordsFor(name, options, mayAsk(options)));
  const metadata = await metadataOf(account);
  print('Generating account configuration ...');
  const outcome = await logIn({ account, metadata, flows: flowsFor(options, metadata) }, options);
  if (outcome instanceof PendingLogin) {
    await keepLogin(directory, { account, authorization: outcome.authorization });
    return;
  }
  const renewed = withGrant(account, outcome);
  await replaceAccountFile(path, renewed, key);
  await loadIntoAgent(renewed, key, options);
  print('Everything setup correctly!');
}
