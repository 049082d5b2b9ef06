import { genericTokenEndpointRequest } from 'oauth4webapi';
import { Secret } from '../../secret.ts';
import { type AudienceParameter, audienceParameters } from '../audience.ts';
import { type ClientCredentials, clientAuthentication } from '../client/client-authentication.ts';
import type { Call } from '../http/call.ts';
import { transport } from '../http/http.ts';
import type { IssuerMetadata } from '../issuer/discovery.ts';
import { type Tokens, tokensIn } from './tokens.ts';

/** The common parameters of all grants that send one request to the token endpoint. */
export interface TokenRequest extends Omit<Call, 'issuer'> {
  metadata: IssuerMetadata;
  client: ClientCredentials;
  /** Space separated; absent or empty asks for all that the client may have. */
  scope?: string | undefined;
  /** Space separated; absent asks for none. */
  audience?: string | undefined;
  audienceParameter?: AudienceParameter | undefined;
}

/**
 * Sends one request to the token endpoint (RFC 6749 4, extension grants included).
 * @param parameters those of the grant; secrets among them are redacted from the issuer's error texts
 */
export async function requestTokens(
  request: TokenRequest,
  grantType: string,
  parameters: Record<string, string | Secret>,
): Promise<Tokens> {
  const { metadata, client, scope, audience, audienceParameter } = request;
  const { issuer } = metadata;
  const body = new URLSearchParams(scope ? { scope } : {});
  for (const [name, value] of audienceParameters(metadata, audience, audienceParameter))
    body.append(name, value);
  for (const [name, value] of Object.entries(parameters)) {
    body.set(name, value instanceof Secret ? value.reveal() : value);
  }
  const response = await genericTokenEndpointRequest(
    metadata,
    { client_id: client.clientId },
    clientAuthentication(client),
    grantType,
    body,
    transport({ ...request, issuer }),
  );
  const secrets = [...Object.values(parameters), client.clientSecret].filter(
    (value) => value instanceof Secret,
  );
  return await tokensIn(response, { issuer, secrets });
}
