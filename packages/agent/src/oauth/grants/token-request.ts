import { genericTokenEndpointRequest } from 'oauth4webapi';
import { Secret } from '../../secret.ts';
import { type AudienceParameter, audienceParameters } from '../audience.ts';
import { type ClientCredentials, clientAuthentication } from '../client/client-authentication.ts';
import type { Call } from '../http/call.ts';
import { transport } from '../http/http.ts';
import type { IssuerMetadata } from '../issuer/discovery.ts';
import { type Tokens, tokensIn } from './tokens.ts';

/** What every grant that is one request to the token endpoint has in common. */
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
 * Asks the token endpoint for tokens, once (RFC 6749 4, extension grants included).
 * @param parameters those of the grant; secrets among them are blotted out of what the issuer may repeat in an error
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
