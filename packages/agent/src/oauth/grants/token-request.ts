/** The request of the token endpoint (RFC 6749 3.2), which all grants send, and the grants that need nothing else. */
import { genericTokenEndpointRequest } from 'oauth4webapi';
import { Secret } from '../../secret.ts';
import { type AudienceParameter, audienceParameters } from '../audience.ts';
import { type ClientCredentials, clientAuthentication } from '../client/client-authentication.ts';
import type { Call } from '../http/call.ts';
import { transport } from '../http/http.ts';
import type { IssuerRequest } from '../issuer/discovery.ts';
import { type Tokens, tokensIn } from './tokens.ts';

/** The common parameters of all grants: issuer, client, and the wanted token. */
export interface TokenRequest extends IssuerRequest {
  client: ClientCredentials;
  /** Space separated; absent or empty requests all scopes that the client may have. */
  scope?: string | undefined;
  /** Space separated; absent requests none. */
  audience?: string | undefined;
  audienceParameter?: AudienceParameter | undefined;
  /** Further parameters for this issuer, from the user's configuration. */
  customParameters?: Readonly<Record<string, Secret>> | undefined;
  /** See `Call`. */
  onText?: Call['onText'];
}

/**
 * Sends one request to the token endpoint (RFC 6749 3.2; its `grant_type` in 4.1.3, 4.3.2, 4.4.2, 4.5 and 6). Custom
 * parameters replace scope and audience, but no parameter of the grant.
 *
 * @param grantParameters the parameters of this grant; secrets among them are redacted from the issuer's error texts
 * @throws IssuerError if the issuer refuses or its answer is unusable, with the new refresh token in the answer, if any;
 * IssuerUnreachableError
 */
export async function requestTokens(
  request: TokenRequest,
  grantType: string,
  grantParameters: Readonly<Record<string, string | Secret>>,
): Promise<Tokens> {
  const { metadata, client, scope, audience, audienceParameter, customParameters } = request;
  const form = new URLSearchParams(scope ? { scope } : {});
  for (const [name, value] of audienceParameters(metadata, audience, audienceParameter)) {
    form.append(name, value);
  }
  const others = { ...customParameters, ...grantParameters };
  for (const [name, value] of Object.entries(others)) {
    form.set(name, value instanceof Secret ? value.reveal() : value);
  }
  const response = await genericTokenEndpointRequest(
    metadata,
    { client_id: client.clientId },
    clientAuthentication(client),
    grantType,
    form,
    transport(request),
  );
  const secrets = [...Object.values(others), client.clientSecret].filter((value) => value instanceof Secret);
  return await tokensIn(response, { issuer: metadata.issuer, secrets });
}

/**
 * Gets an access token for the client itself, without a user (RFC 6749 4.4).
 * @throws as `requestTokens`
 */
export function clientCredentialsTokens(request: TokenRequest): Promise<Tokens> {
  return requestTokens(request, 'client_credentials', {});
}

/**
 * Exchanges another client's access token for one of this client, for the same user (RFC 8693 2.1, impersonation).
 * INDIGO IAM requires a scope and knows no actor token.
 * @throws as `requestTokens`; of kind `denied` if a policy of the issuer forbids the exchange
 */
export function exchangeToken(request: TokenRequest & { subjectToken: Secret }): Promise<Tokens> {
  return requestTokens(request, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token: request.subjectToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  });
}
