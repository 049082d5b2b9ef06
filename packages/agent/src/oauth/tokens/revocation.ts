import { revocationRequest } from 'oauth4webapi';
import { revealed, type Secret } from '../../secret.ts';
import { type ClientCredentials, clientAuthentication } from '../client/client-authentication.ts';
import { IssuerError } from '../http/errors.ts';
import { transport } from '../http/http.ts';
import { checkAnswer } from '../http/refusals.ts';
import type { IssuerMetadata, IssuerRequest } from '../issuer/discovery.ts';
import { sameIssuer } from '../issuer/issuer-url.ts';

export interface RevocationRequest extends IssuerRequest {
  client: ClientCredentials;
  token: Secret;
  tokenType: 'refresh_token' | 'access_token';
  /** Further parameters for this issuer. */
  customParameters?: Readonly<Record<string, Secret>> | undefined;
}

/**
 * Revokes a token (RFC 7009); revoking a refresh token ends the login. A token that is already dead counts as revoked.
 *
 * If the form names the client, INDIGO IAM revokes the token and then redirects to its start page: that is a success.
 *
 * Repeats a refused request with `client_id` in the body, which some servers require beside the Basic header.
 *
 * @throws IssuerError, of kind `unsupported` if the issuer has no revocation endpoint
 */
export async function revokeToken(request: RevocationRequest): Promise<void> {
  const { metadata, client } = request;
  const { issuer } = metadata;
  if (metadata.revocation_endpoint === undefined) {
    throw new IssuerError('Token revocation is not supported by this issuer.', {
      issuer,
      kind: 'unsupported',
    });
  }
  try {
    await revoke(request, {});
  } catch (error) {
    const repeat = error instanceof IssuerError && (error.status === 400 || error.status === 401);
    if (!repeat || client.method !== 'client_secret_basic') throw error;
    await revoke(request, { client_id: client.clientId });
  }
}

/** Whether the issuer redirects to its start page: to the root of its host, or to its own address. */
function leadsHome(error: unknown, { issuer, revocation_endpoint }: IssuerMetadata): boolean {
  if (!(error instanceof IssuerError) || error.redirectsTo === undefined) return false;
  if (!URL.canParse(error.redirectsTo, revocation_endpoint)) return false;
  const { href } = new URL(error.redirectsTo, revocation_endpoint);
  const top = new URL('/', revocation_endpoint).href;
  return href === top || sameIssuer(href, issuer);
}

async function revoke(request: RevocationRequest, parameters: Record<string, string>): Promise<void> {
  const { metadata, client, token, tokenType, customParameters = {} } = request;
  const { issuer } = metadata;
  const answer = revocationRequest(
    metadata,
    { client_id: client.clientId },
    clientAuthentication(client),
    token.reveal(),
    {
      ...transport(request),
      additionalParameters: { token_type_hint: tokenType, ...parameters, ...revealed(customParameters) },
    },
  );
  const response = await answer.catch((error: unknown) => {
    if (!leadsHome(error, metadata)) throw error;
  });
  if (response === undefined) return;
  const secrets = [token, client.clientSecret, ...Object.values(customParameters)];
  await checkAnswer(response, { issuer, secrets });
}
