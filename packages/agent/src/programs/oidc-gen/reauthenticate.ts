import { exchange } from '@jeton/client';
import { clientCredentials } from '../../oauth/client-authentication.ts';
import { discover } from '../../oauth/discovery.ts';
import { print } from '../../terminal/output.ts';
import { readAccountFile } from '../../vault/store.ts';
import { passwordsFor } from '../password-options.ts';
import type { Options } from './command-line.ts';
import { mayAsk } from './consent.ts';
import { loadIntoAgent, replaceAccountFile } from './generate.ts';
import { logIn } from './login.ts';

/** `oidc-gen --reauthenticate NAME`: a new login with the client of an account, whose refresh token is dead. */
export async function reauthenticate(name: string, path: string, options: Options): Promise<void> {
  await exchange({ request: 'check' });
  const { account, key } = await readAccountFile(path, passwordsFor(name, options, mayAsk(options)));
  const { issuer_url: issuer, cert_path: certPath, config_endpoint: configurationEndpoint } = account;
  const metadata = await discover({ issuer, certPath, configurationEndpoint });
  const client = clientCredentials(
    account.client_id,
    account.client_secret,
    account.token_endpoint_auth_method,
  );
  print('Generating account configuration ...');
  const { refreshToken, scope } = await logIn({
    metadata,
    client,
    scope: account.auth_scope ?? '',
    audience: account.audience,
    certPath,
  });
  const renewed = { ...account, refresh_token: refreshToken, refresh_scope: scope ?? account.refresh_scope };
  await replaceAccountFile(path, renewed, key);
  await loadIntoAgent(renewed, key, options);
  print('Everything setup correctly!');
}
