import { introspectionRequest } from 'oauth4webapi';
import * as v from 'valibot';
import type { Secret } from '../../secret.ts';
import { isIndigoIam, missingAudiences } from '../audience.ts';
import { type ClientCredentials, clientAuthentication } from '../client/client-authentication.ts';
import { expiryOf } from '../grants/tokens.ts';
import { readAnswer } from '../http/answers.ts';
import { IssuerError } from '../http/errors.ts';
import { transport } from '../http/http.ts';
import { checkAnswer } from '../http/refusals.ts';
import type { IssuerRequest } from '../issuer/discovery.ts';
import { sameIssuer } from '../issuer/issuer-url.ts';
import { unverifiedClaims } from './unverified-claims.ts';

export interface IntrospectionRequest extends IssuerRequest {
  client: ClientCredentials;
  token: Secret;
}

const Introspection = v.looseObject({ active: v.boolean() });

/**
 * Introspects a token at its issuer (RFC 7662 2). Returns the answer, which for an expired, revoked or unknown token is
 * `active: false` and nothing else.
 * @throws IssuerError, of kind `unsupported` if the issuer has no such endpoint
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
    transport(request),
  );
  await checkAnswer(response, { issuer, secrets: [token, client.clientSecret] });
  return await readAnswer(response, Introspection, issuer);
}

/**
 * Explains why an issuer may call a valid token inactive: Keycloak (since 26.6.2) and others introspect a token only
 * for the clients in its audience. Undefined if that is not the reason: for an expired token, one of another issuer,
 * one that is no JWT, and at INDIGO IAM.
 */
export function hintForInactive({ metadata, client, token }: IntrospectionRequest): string | undefined {
  const isForClient = missingAudiences(token, client.clientId)?.length !== 1;
  if (isForClient || isIndigoIam(metadata)) return undefined;
  const { iss = '' } = unverifiedClaims(token) ?? {};
  const hasEnded = (expiryOf(token) ?? 0) <= Date.now() / 1000;
  if (hasEnded || !sameIssuer(iss, metadata.issuer)) return undefined;
  return `the token is not for the client ${client.clientId}, and some issuers (Keycloak since 26.6.2) then call it inactive; its administrator can add the client to the audience (aud) of the token`;
}
