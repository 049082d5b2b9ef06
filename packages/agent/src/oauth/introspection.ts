import { decodeJwt } from 'jose/jwt/decode';
import { introspectionRequest } from 'oauth4webapi';
import * as v from 'valibot';
import type { Secret } from '../secret.ts';
import { isIndigoIam, missingAudiences } from './audience.ts';
import { type ClientCredentials, clientAuthentication } from './client/client-authentication.ts';
import { expiryOf } from './grants/tokens.ts';
import { checkAnswer, readAnswer } from './http/answers.ts';
import type { Call } from './http/call.ts';
import { IssuerError } from './http/errors.ts';
import { transport } from './http/http.ts';
import type { IssuerMetadata } from './issuer/discovery.ts';
import { sameIssuer } from './issuer/issuer-url.ts';

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

/**
 * Why an issuer may call a token inactive that is valid: Keycloak (since 26.6.2) and others tell only the clients that are in its audience
 * of a token. Undefined where that is not the reason: for a token that has ended, that is another issuer's or no JWT, and at INDIGO IAM.
 */
export function hintForInactive({ metadata, client, token }: IntrospectionRequest): string | undefined {
  const isForClient = missingAudiences(token, client.clientId)?.length !== 1;
  if (isForClient || isIndigoIam(metadata)) return undefined;
  const { iss = '' } = decodeJwt(token.reveal());
  const hasEnded = (expiryOf(token.reveal()) ?? 0) <= Date.now() / 1000;
  if (hasEnded || !sameIssuer(iss, metadata.issuer)) return undefined;
  return `the token is not for the client ${client.clientId}, and some issuers (Keycloak since 26.6.2) then call it inactive; its administrator can add the client to the audience (aud) of the token`;
}
