import { introspectionRequest } from 'oauth4webapi';
import * as v from 'valibot';
import type { Secret } from '../secret.ts';
import { checkAnswer, readAnswer } from './answers.ts';
import { type ClientCredentials, clientAuthentication } from './client-authentication.ts';
import type { IssuerMetadata } from './discovery.ts';
import { IssuerError } from './errors.ts';
import { type Call, transport } from './http.ts';

export interface IntrospectionRequest extends Omit<Call, 'issuer'> {
  metadata: IssuerMetadata;
  client: ClientCredentials;
  token: Secret;
}

const Introspection = v.looseObject({ active: v.boolean() });

/**
 * Asks the issuer what it knows of a token (RFC 7662 2). Gives its answer; a token that is expired, revoked or unknown has
 * `active: false` and nothing else. Throws `IssuerError`, of kind `unsupported` when the issuer has no such endpoint.
 */
export async function introspectToken(
  request: IntrospectionRequest,
): Promise<v.InferOutput<typeof Introspection>> {
  const { metadata, client, token } = request;
  const { issuer } = metadata;
  if (metadata.introspection_endpoint === undefined) {
    throw new IssuerError('Token introspection is not supported by this issuer.', {
      issuer,
      kind: 'unsupported',
    });
  }
  const response = await introspectionRequest(
    metadata,
    { client_id: client.clientId },
    clientAuthentication(client),
    token.reveal(),
    transport({ ...request, issuer }),
  );
  await checkAnswer(response, { issuer, secrets: [token, client.clientSecret ?? []].flat() });
  return await readAnswer(response, Introspection, issuer);
}
