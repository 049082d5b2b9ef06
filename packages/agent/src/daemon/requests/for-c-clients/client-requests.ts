/** The requests of clients that leave registration and revocation to the agent (docs/protocol.md, "Logins"). */
import type { Answer, RequestOf } from '@jeton/protocol';
import { type Account, parseAccount, redirectUriMembers } from '../../../accounts/account.ts';
import { wasReplaced } from '../../../accounts/replaced-tokens.ts';
import { metadataOf } from '../../../login/account-issuer.ts';
import { accountCredentials } from '../../../oauth/client/client-authentication.ts';
import { deleteClient, type RegisteredClient, registerClient } from '../../../oauth/client/registration.ts';
import { discover } from '../../../oauth/issuer/discovery.ts';
import { sameIssuer } from '../../../oauth/issuer/issuer-url.ts';
import { revokeMytoken } from '../../../oauth/mytoken/mytoken.ts';
import { revokeToken } from '../../../oauth/tokens/revocation.ts';
import { Secret } from '../../../secret.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import { customFor } from '../../configuration.ts';
import { RequestFailure } from '../../failure.ts';
import { flowsOf } from './requested-flows.ts';

/**
 * Registers a client (RFC 7591).
 * @throws FileError for a malformed account, RequestFailure for an unknown flow, IssuerError or IssuerUnreachableError
 */
export async function register(request: RequestOf<'register'>): Promise<Answer> {
  const { config, flow, authorization } = request;
  const account = parseAccount(JSON.stringify({ ...config, client_id: 'not registered yet' }));
  const metadata = await metadataOf(account);
  const scope = account.auth_scope ?? '';
  const clientName = account.client_name ?? `oidc-agent:${account.name}`;
  const registered = await registerClient({
    metadata,
    clientName,
    scope,
    flows: flowsOf(flow),
    redirectUris: account.redirect_uris,
    initialAccessToken: authorization === undefined ? undefined : new Secret(authorization),
    customParameters: await customFor('registration', account),
    certPath: account.cert_path,
  });
  return {
    status: 'success',
    client: clientMembers(registered, clientName),
    max_scopes: metadata.scopes_supported?.join(' ') ?? scope,
  };
}

/**
 * Deletes a client (RFC 7592 2.3).
 * @throws RequestFailure if the issuer does not delete it
 */
export async function removeClient(request: RequestOf<'delete_client'>): Promise<Answer> {
  const { registration_client_uri: uri = '', registration_access_token: token = '', cert_path } = request;
  try {
    await deleteClient(uri, new Secret(token), { issuer: uri, certPath: cert_path });
  } catch (error) {
    throw new RequestFailure(`Could not delete client: ${error instanceof Error ? error.message : error}`);
  }
  return { status: 'success' };
}

/**
 * Ends a login: revokes the refresh token (RFC 7009), and has the agent forget the account. Of an account that the agent holds
 * it is the newest one, which the client may not know; an old one would be revoked with success, and nothing would end.
 *
 * @param gone aborts when the client stops waiting
 * @throws RequestFailure when nothing was revoked, or as `Accounts.forget`; then nothing is forgotten
 */
export async function revoke(account: Account, accounts: Accounts, gone: AbortSignal): Promise<void> {
  const { name, refresh_token: given } = account;
  const held = accounts.get(name)?.grant;
  const isSame =
    held !== undefined &&
    held.account.client_id === account.client_id &&
    sameIssuer(held.account.issuer_url, account.issuer_url);
  if (!isSame) await accounts.requireSaved(name);
  const newest = isSame ? held.account.refresh_token : undefined;
  try {
    if (newest === undefined && given === undefined) throw new Error('the account has no refresh token');
    if (isSame && newest !== undefined) {
      await held.use(async (_metadata, token) => {
        await revokeAtIssuer(account, token);
        return { result: undefined, replacement: undefined };
      }, gone);
    }
    const isNewest = given?.equals(held?.account.refresh_token) === true;
    const isOfHeld = isSame && given !== undefined && (isNewest || wasReplaced(held.account, given));
    if (given !== undefined && !isOfHeld) await revokeAtIssuer(account, given);
  } catch (error) {
    throw new RequestFailure(`Could not revoke token: ${error instanceof Error ? error.message : error}`);
  }
  await (isSame ? accounts.remove(name) : accounts.forget(name));
}

async function revokeAtIssuer(account: Account, token: Secret): Promise<void> {
  const { cert_path: certPath } = account;
  const metadata = await metadataOf(account);
  if (account.mytoken_url !== undefined) {
    await revokeMytoken({ metadata, mytoken: token, certPath });
    return;
  }
  await revokeToken({
    metadata,
    client: accountCredentials(account),
    token,
    tokenType: 'refresh_token',
    customParameters: await customFor('revocation', account),
    certPath,
  });
}

/**
 * The scopes that an issuer lists.
 * @throws IssuerError or IssuerUnreachableError
 */
export async function scopesOf(request: RequestOf<'scopes'>): Promise<Answer> {
  const { issuer = '', config_endpoint: configurationEndpoint, cert_path: certPath } = request;
  const { scopes_supported: scopes = [] } = await discover({ issuer, configurationEndpoint, certPath });
  return { status: 'success', info: scopes.join(' ') };
}

/** By the names of RFC 7591. */
function clientMembers(client: RegisteredClient, clientName: string): object {
  return {
    client_id: client.clientId,
    client_secret: client.clientSecret?.reveal(),
    client_secret_expires_at: client.clientSecretExpiresAt,
    client_id_issued_at: client.clientIdIssuedAt,
    client_name: clientName,
    application_type: client.applicationType,
    ...redirectUriMembers(client.redirectUris),
    grant_types: client.grantTypes,
    response_types: client.responseTypes,
    scope: client.scope,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    registration_access_token: client.registrationAccessToken?.reveal(),
    registration_client_uri: client.registrationClientUri,
  };
}
