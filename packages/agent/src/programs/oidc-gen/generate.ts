/** `oidc-gen -w device NAME`: issuer, scopes, registration, login, password, account file, agent. */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { exchange } from '@jeton/client';
import { findIssuer, knownIssuers, rememberAccount } from '../../config/issuers.ts';
import { clientCredentials } from '../../oauth/client-authentication.ts';
import { discover, type IssuerMetadata } from '../../oauth/discovery.ts';
import { IssuerError } from '../../oauth/errors.ts';
import { deleteClient, type RegisteredClient, registerClient } from '../../oauth/registration.ts';
import { print, tell, warn } from '../../terminal/output.ts';
import { ProgramError } from '../../terminal/run.ts';
import type { Account } from '../../vault/account.ts';
import { FileKey } from '../../vault/crypt.ts';
import { accountPath, createAgentDirectory } from '../../vault/directory.ts';
import { writeAccountFile } from '../../vault/store.ts';
import { addToAgent } from '../accounts.ts';
import { hasPassword, passwordsFor } from '../password-options.ts';
import type { Options } from './command-line.ts';
import { consent, mayAsk } from './consent.ts';
import { logIn } from './login.ts';
import { issuerUrl, scopes, shortName } from './questions.ts';

export async function generate(given: string | undefined, options: Options): Promise<void> {
  // What can fail without a trace at the issuer comes first.
  await exchange({ request: 'check' });
  const name = await shortName(given, options);
  const directory = createAgentDirectory(process.env);
  const path = accountPath(directory, name);
  await mayOverwrite(path, options);
  if (!hasPassword(options, mayAsk(options))) await passwordsFor(name, options, false).forEncryption();
  const certPath = options['cert-path'] === undefined ? undefined : resolve(options['cert-path']);
  const issuer = await issuerUrl(directory, options);
  const known = findIssuer((await knownIssuers(directory)).issuers, issuer);
  const metadata = await discover({ issuer, certPath, configurationEndpoint: known?.config_endpoint });
  requireDeviceFlow(metadata);
  const scope = await scopes(metadata, options);

  print('Registering Client ...');
  const client = await register(name, metadata, scope, certPath, known?.register);
  try {
    print('Generating account configuration ...');
    const credentials = clientCredentials(
      client.clientId,
      client.clientSecret,
      client.tokenEndpointAuthMethod,
    );
    const tokens = await logIn({ metadata, client: credentials, scope: client.scope, certPath });
    const account: Account = {
      ...accountOf(name, metadata, client, certPath),
      refresh_token: tokens.refreshToken,
      refresh_scope: tokens.scope,
    };
    const password = await passwordsFor(name, options, mayAsk(options)).forEncryption();
    const key = await FileKey.derive(password);
    await writeAccountFile(path, account, key);
    await rememberAccount(directory, metadata.issuer, name).catch((error: Error) =>
      warn(`issuer.config: ${error.message}`),
    );
    await load(account, key, options);
  } catch (error) {
    if (!existsSync(path) || !(error instanceof AfterSaving)) await forgetClient(client, metadata, certPath);
    throw error instanceof AfterSaving ? error.reason : error;
  }
}

/** The account is stored: what fails from here on does not undo it. */
class AfterSaving extends Error {
  readonly reason: unknown;
  constructor(reason: unknown) {
    super('after saving');
    this.reason = reason;
  }
}

async function load(account: Account, key: FileKey, options: Options): Promise<void> {
  try {
    await replaceInAgent(account, key, options);
  } catch (error) {
    throw new AfterSaving(error);
  }
  print('Everything setup correctly!');
}

/** Hands the account to the agent in place of one of the same name. */
export async function replaceInAgent(
  account: Account,
  key: FileKey | undefined,
  options: Options,
): Promise<void> {
  const { info } = await exchange({ request: 'loaded_accounts' });
  if (Array.isArray(info) && info.includes(account.name))
    await exchange({ request: 'remove', account: account.name });
  const remark = await addToAgent(account, key, options, true);
  if (remark !== undefined) tell(remark);
  print("The generated account config was successfully added to oidc-agent. You don't have to run oidc-add.");
}

async function mayOverwrite(path: string, options: Options): Promise<void> {
  if (!existsSync(path)) return;
  if (await consent('An account with that shortname already exists. Overwrite?', false, options)) return;
  throw new ProgramError('An account with that shortname is already configured', [
    'to log in again with it: oidc-gen --reauthenticate -w device NAME',
    'to replace it, delete it first: oidc-gen -d NAME; or say --confirm-yes',
  ]);
}

function requireDeviceFlow({ issuer, device_authorization_endpoint }: IssuerMetadata): void {
  if (device_authorization_endpoint !== undefined) return;
  throw new IssuerError('Device Flow not Supported by OpenID Provider', { issuer, kind: 'unsupported' });
}

async function register(
  name: string,
  metadata: IssuerMetadata,
  scope: string,
  certPath: string | undefined,
  registrationPage: string | undefined,
): Promise<RegisteredClient> {
  const clientName = `oidc-agent:${name}-${hostname()}`;
  try {
    const client = await registerClient({ metadata, clientName, scope, certPath });
    if (client.refusedScopes.length > 0) {
      warn(
        `Warning: The registered client does not have all the requested scopes. The following are missing: ${client.refusedScopes.join(' ')}`,
      );
    }
    return client;
  } catch (error) {
    if (!(error instanceof IssuerError) || registrationPage === undefined) throw error;
    const { message, issuer, kind, status, description, hints } = error;
    throw new IssuerError(message, {
      issuer,
      kind,
      status,
      error: error.error,
      description,
      hints: [...hints, `a client can be registered by hand at ${registrationPage}`],
    });
  }
}

function accountOf(
  name: string,
  metadata: IssuerMetadata,
  client: RegisteredClient,
  certPath: string | undefined,
): Account {
  return {
    name,
    client_name: `oidc-agent:${name}-${hostname()}`,
    issuer_url: metadata.issuer,
    device_authorization_endpoint: metadata.device_authorization_endpoint,
    client_id: client.clientId,
    client_secret: client.clientSecret,
    cert_path: certPath,
    auth_scope: client.scope,
    redirect_uris: client.redirectUris,
    registration_access_token: client.registrationAccessToken,
    registration_client_uri: client.registrationClientUri,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    others: {
      ...(client.clientIdIssuedAt === undefined ? {} : { client_id_issued_at: client.clientIdIssuedAt }),
      grant_types: client.grantTypes,
      response_types: client.responseTypes,
      application_type: client.applicationType,
    },
  };
}

/** A client that no account holds would stay at the issuer for good. */
async function forgetClient(
  { registrationClientUri, registrationAccessToken }: RegisteredClient,
  { issuer }: IssuerMetadata,
  certPath: string | undefined,
): Promise<void> {
  if (registrationClientUri === undefined || registrationAccessToken === undefined) return;
  await deleteClient(registrationClientUri, registrationAccessToken, {
    issuer,
    certPath,
    deadline: 5000,
  }).catch(() => warn('The client that was just registered could not be deleted at the issuer.'));
}
