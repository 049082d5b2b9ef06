import type { Account } from '../../../accounts/account.ts';
import { type RegisteredClient, registerClient } from '../../../oauth/client/registration.ts';
import { IssuerError } from '../../../oauth/http/errors.ts';
import { Secret } from '../../../secret.ts';
import { print, warn } from '../../../terminal/output.ts';
import { ProgramError } from '../../../terminal/run.ts';
import { forgetClient } from '../../forget-client.ts';
import { warnOfSecretExpiry } from '../../secret-expiry.ts';
import type { Options } from '../command-line.ts';
import { customFor } from '../custom.ts';
import { type MetIssuer, meetIssuer } from '../issuer.ts';
import { flowsFor } from '../login/flows.ts';
import { issuerUrl, scopes } from '../questions.ts';
import type { Client, ClientRequest } from './client.ts';
import { clientName, namedRedirectUris } from './manual.ts';
import { clientInstead, knownClient } from './public-client.ts';

/**
 * Registers a new client at the issuer of the user's choice (RFC 7591). Heeds the signal until the registration starts:
 * from then on an interruption has to undo it.
 *
 * Uses the client of the user's issuer.config for the issuer (`user_client`) instead, if it exists. If the issuer
 * registers none, uses its public client; without one, the error explains how to get a client.
 *
 * @throws ProgramError, IssuerError, IssuerUnreachableError or Interrupted
 */
export async function registeredClient(request: ClientRequest): Promise<Client> {
  const { name, directory, options, signal } = request;
  const named = namedRedirectUris(options);
  const issuer = await meetIssuer(await issuerUrl(name, directory, options), directory, options, {}, signal);
  const { metadata, members, known } = issuer;
  if (known?.user_client !== undefined) return await knownClient(request, issuer, known.user_client);
  if (options['only-at']) return await clientThatStays(request, issuer);
  const flows = flowsFor(options, metadata);
  const scope = await scopes(issuer, options);
  signal.throwIfAborted();
  print('Registering Client ...');
  const { 'access-token': token } = options;
  let client: RegisteredClient;
  try {
    client = await registerClient({
      metadata,
      clientName: clientName(name, options),
      scope,
      flows: members.daeSetByUser ? [...flows, 'device'] : flows,
      redirectUris: named.length > 0 ? named : undefined,
      initialAccessToken: token ? new Secret(token) : undefined,
      customParameters: await customFor('registration', { issuer_url: metadata.issuer, name }),
      certPath: members.cert_path,
    });
  } catch (error) {
    if (!(error instanceof IssuerError)) throw error;
    return await clientInstead(request, issuer, error);
  }
  if (client.refusedScopes.length > 0) {
    warn(
      `Warning: The registered client does not have all the requested scopes. The following are missing: ${client.refusedScopes.join(' ')}`,
    );
  }
  warnOfSecretExpiry(client);
  return {
    issuer,
    flows,
    account: accountOf(name, issuer, client, options),
    undo: () =>
      forgetClient(client, {
        issuer: metadata.issuer,
        certPath: members.cert_path,
        insecureHttp: members.insecure_http,
      }),
  };
}

/** For a single token no client is registered: it would have to be deleted, and the token with it. */
async function clientThatStays(request: ClientRequest, issuer: MetIssuer): Promise<Client> {
  const { pubclient } = issuer.known ?? {};
  if (pubclient !== undefined) return await knownClient(request, issuer, pubclient, true);
  throw new ProgramError(
    '--only-at needs a client that is already registered',
    ['name it: -f FILE, or --client-id=ID --client-secret=SECRET', 'or register one: jeton register'],
    64,
  );
}

function accountOf(
  name: string,
  { members }: MetIssuer,
  client: RegisteredClient,
  options: Options,
): Account {
  return {
    ...members,
    name,
    client_name: clientName(name, options),
    client_id: client.clientId,
    client_secret: client.clientSecret,
    auth_scope: client.scope,
    audience: options.audience,
    redirect_uris: client.redirectUris,
    registration_access_token: client.registrationAccessToken,
    registration_client_uri: client.registrationClientUri,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    others: {
      ...(client.clientIdIssuedAt === undefined ? {} : { client_id_issued_at: client.clientIdIssuedAt }),
      ...(client.clientSecretExpiresAt === undefined
        ? {}
        : { client_secret_expires_at: client.clientSecretExpiresAt }),
      grant_types: client.grantTypes,
      response_types: client.responseTypes,
      application_type: client.applicationType,
    },
  };
}
