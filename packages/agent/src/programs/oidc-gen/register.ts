import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { findIssuer, knownIssuers } from '../../config/issuers.ts';
import { discover, type IssuerMetadata } from '../../oauth/discovery.ts';
import { IssuerError } from '../../oauth/errors.ts';
import { type RegisteredClient, registerClient } from '../../oauth/registration.ts';
import { print, warn } from '../../terminal/output.ts';
import type { Account } from '../../vault/account.ts';
import { forgetClient } from '../forget-client.ts';
import { type Client, requireDeviceFlow } from './client.ts';
import type { Options } from './command-line.ts';
import { issuerUrl, scopes } from './questions.ts';

/**
 * Registers a new client at the issuer of the person's choice (RFC 7591). The signal is heeded until the registration is
 * under way: from then on there is something to undo.
 *
 * Throws ProgramError, IssuerError, IssuerUnreachableError or Interrupted.
 */
export async function registeredClient(
  name: string,
  directory: string,
  options: Options,
  signal: AbortSignal,
): Promise<Client> {
  const certPath = options['cert-path'] === undefined ? undefined : resolve(options['cert-path']);
  const issuer = await issuerUrl(directory, options);
  const known = findIssuer((await knownIssuers(directory)).issuers, issuer);
  const metadata = await discover({
    issuer,
    certPath,
    configurationEndpoint: known?.config_endpoint,
    signal,
  });
  requireDeviceFlow(metadata);
  const scope = await scopes(metadata, options);
  signal.throwIfAborted();
  print('Registering Client ...');
  const client = await register(name, metadata, scope, certPath, known?.register);
  const account = accountOf(name, metadata, client, certPath);
  return { metadata, account, undo: () => forgetClient(client, { issuer: metadata.issuer, certPath }) };
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
