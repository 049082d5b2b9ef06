import { randomInt } from 'node:crypto';
import { dynamicClientRegistrationRequest } from 'oauth4webapi';
import * as v from 'valibot';
import { revealed, Secret } from '../../secret.ts';
import { isIndigoIam } from '../audience.ts';
import { type Flow, grantTypesOf, requireFlow } from '../grants/flow.ts';
import { bodyOf, jsonOrUndefined, Printable, readAnswer } from '../http/answers.ts';
import type { Call } from '../http/call.ts';
import { IssuerError } from '../http/errors.ts';
import { send, transport } from '../http/http.ts';
import { checkAnswer } from '../http/refusals.ts';
import type { IssuerMetadata, IssuerRequest } from '../issuer/discovery.ts';
import { allowedScopes, missingScopes, scopesToName } from '../scope.ts';
import { firstAccepted, isAboutScopes } from './first-accepted.ts';

export interface RegistrationRequest extends IssuerRequest {
  /** The name that the issuer shows to the user on approval: `oidc-agent:<short name>-<host name>`. */
  clientName: string;
  /** Space separated. */
  scope: string;
  /** The flows by which users will log in. */
  flows: readonly Flow[];
  /** The redirect URIs; those of oidc-agent if absent. */
  redirectUris?: readonly string[] | undefined;
  /** A client without a secret (RFC 6749 2.1). */
  isPublic?: boolean | undefined;
  /** Further parameters for this issuer. */
  customParameters?: Readonly<Record<string, Secret>> | undefined;
  /** For issuers that restrict registration (RFC 7591 3). */
  initialAccessToken?: Secret | undefined;
}

/** A client as the issuer registered it (RFC 7591 3.2.1); for a member that the issuer omits, the requested value. */
export interface RegisteredClient {
  clientId: string;
  clientSecret: Secret | undefined;
  /** Seconds since the epoch; undefined if the secret does not expire. */
  clientSecretExpiresAt: number | undefined;
  /** Seconds since the epoch. */
  clientIdIssuedAt: number | undefined;
  registrationAccessToken: Secret | undefined;
  registrationClientUri: string | undefined;
  tokenEndpointAuthMethod: string | undefined;
  applicationType: string;
  grantTypes: string[];
  responseTypes: string[];
  redirectUris: string[];
  /** Space separated: the scopes that the client may request. */
  scope: string;
  /** Requested scopes that the client may not use: issuers drop them silently. */
  refusedScopes: string[];
}

const Text = v.pipe(v.string(), v.nonEmpty());
const List = v.fallback(v.optional(v.array(v.string())), undefined);

// INDIGO IAM sends neither client_secret_expires_at, which RFC 7591 requires and oauth4webapi insists on, nor always
// client_id_issued_at. Only missing credentials are an error: after any other one the client would stay at the issuer
// for ever, unused.
const RegistrationAnswer = v.object({
  client_id: Printable,
  client_secret: v.optional(v.string()),
  client_secret_expires_at: v.fallback(
    v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    undefined,
  ),
  client_id_issued_at: v.fallback(v.optional(v.number()), undefined),
  registration_access_token: v.fallback(v.optional(Text), undefined),
  registration_client_uri: v.fallback(v.optional(Printable), undefined),
  token_endpoint_auth_method: v.fallback(v.optional(Printable), undefined),
  application_type: v.fallback(v.optional(Printable), undefined),
  grant_types: List,
  response_types: List,
  redirect_uris: List,
  scope: v.fallback(v.optional(Printable), undefined),
});

/**
 * Registers a client (RFC 7591 3.1). If the issuer refuses optional parts, registers without them: some of our redirect
 * URIs, the scope `openid`, or the list of scopes altogether.
 *
 * @throws IssuerError of kind `unsupported` if the issuer has no dynamic registration or no device flow, else with the
 * issuer's error (INDIGO IAM sends a sentence in `error`)
 */
export async function registerClient(request: RegistrationRequest): Promise<RegisteredClient> {
  const choices = request.redirectUris === undefined ? agentRedirectUris() : [request.redirectUris];
  try {
    // A client may leave the list of scopes to the issuer (RFC 7591 2).
    return await firstAccepted([...scopesToName(request.scope), undefined], isAboutScopes, (listed) =>
      firstAccepted(choices, isAboutRedirectUris, (redirectUris) =>
        register({ ...request, redirectUris }, listed),
      ),
    );
  } catch (error) {
    throw error instanceof IssuerError ? error.with({ hints: [...error.hints, ...advice(error)] }) : error;
  }
}

function advice({ message }: IssuerError): string[] {
  // The messages of Keycloak and of INDIGO IAM.
  if (/trusted hosts/i.test(message)) {
    return [
      'this issuer registers clients only for computers that it trusts: its administrator can add this one, or give you an initial access token',
    ];
  }
  if (/client.?name/i.test(message)) {
    return ['give the client another name: oidc-gen --cnid=NAME, jeton register --name=NAME'];
  }
  return [];
}

/** @param listed the scopes to register; undefined leaves them to the issuer */
async function register(request: RegistrationRequest, listed: string | undefined): Promise<RegisteredClient> {
  const { metadata, clientName, scope, initialAccessToken, customParameters = {} } = request;
  const { issuer } = metadata;
  const asked = {
    ...clientMetadata(request),
    client_name: clientName,
    ...(listed && { scope: listed }),
    ...revealed(customParameters),
  };
  const response = await dynamicClientRegistrationRequest(metadata, asked, {
    ...transport(request),
    ...(initialAccessToken && { initialAccessToken: initialAccessToken.reveal() }),
  });
  const secrets = [initialAccessToken, ...Object.values(customParameters)];
  await checkAnswer(response, { issuer, secrets });
  const answer = await readAnswer(response, RegistrationAnswer, issuer);
  const granted = (await isWithoutScopes(response, metadata))
    ? ''
    : listed === undefined
      ? scope
      : allowedScopes(scope, answer.scope ?? scope);
  return {
    clientId: answer.client_id,
    clientSecret: answer.client_secret ? new Secret(answer.client_secret) : undefined,
    clientSecretExpiresAt: answer.client_secret_expires_at || undefined,
    clientIdIssuedAt: answer.client_id_issued_at,
    registrationAccessToken: answer.registration_access_token
      ? new Secret(answer.registration_access_token)
      : undefined,
    registrationClientUri: answer.registration_client_uri,
    tokenEndpointAuthMethod: answer.token_endpoint_auth_method,
    applicationType: answer.application_type ?? asked.application_type,
    grantTypes: answer.grant_types ?? asked.grant_types,
    responseTypes: answer.response_types ?? asked.response_types,
    redirectUris: answer.redirect_uris ?? asked.redirect_uris,
    scope: granted,
    refusedScopes: missingScopes(scope, granted),
  };
}

/** Whether the client got no scope at all, for which INDIGO IAM sends `null`. */
async function isWithoutScopes(response: Response, metadata: IssuerMetadata): Promise<boolean> {
  const { scope }: { scope?: unknown } = Object(jsonOrUndefined(await bodyOf(response)));
  return scope === null && isIndigoIam(metadata);
}

function clientMetadata({ metadata, flows, redirectUris = [], isPublic = false }: RegistrationRequest) {
  const { issuer, registration_endpoint } = metadata;
  if (registration_endpoint === undefined) {
    throw new IssuerError(
      'Dynamic registration is not supported by this issuer. Please register a client manually and then run oidc-gen with the -m flag.',
      { issuer, kind: 'unsupported' },
    );
  }
  for (const flow of flows) requireFlow(metadata, flow);
  return {
    // jeton is a native application (RFC 8252); servers refuse web applications the custom scheme and http on localhost.
    application_type: 'native',
    grant_types: grantTypesOf(flows),
    // Only the code flow has a response type. By RFC 7591 a missing member means `code`, and strict servers refuse the
    // `token` that oidc-agent sends. They accept the empty list, which INDIGO IAM ignores.
    response_types: flows.includes('code') ? ['code'] : [],
    // The device flow does not need them, but the user may renew the account by the code flow later.
    redirect_uris: [...redirectUris],
    ...(isPublic && { token_endpoint_auth_method: 'none' }),
  };
}

/**
 * The lists of redirect URIs to register: all of them first, then shorter ones, for issuers that refuse some. The C programs
 * need those with `localhost`; jeton prefers those with `127.0.0.1` (RFC 8252 8.3).
 */
export function agentRedirectUris(): string[][] {
  const ports = [4242, randomInt(1024, 49152), 8080];
  const localhost = ports.map((port) => `http://localhost:${port}`);
  const literal = ports.map((port) => `http://127.0.0.1:${port}`);
  const custom = ['edu.kit.data.oidc-agent:/redirect'];
  return [
    [...localhost, ...literal, ...custom],
    [...localhost, ...literal],
    [...localhost, ...custom],
    localhost,
  ];
}

/** Whether the issuer refuses a redirect URI. Not every issuer sends the error code of RFC 7591 3.2.2. */
export function isAboutRedirectUris({ kind, message }: IssuerError): boolean {
  return kind === 'refused' && /redirect.?ur[il]/i.test(message);
}

/**
 * Deletes a client at its issuer (RFC 7592 2.3). A client that the issuer no longer knows (401) counts as deleted.
 * @throws `IssuerError` for any other refusal
 */
export async function deleteClient(
  registrationClientUri: string,
  registrationAccessToken: Secret,
  call: Call,
): Promise<void> {
  const headers = { authorization: `Bearer ${registrationAccessToken.reveal()}`, accept: 'application/json' };
  const response = await send(registrationClientUri, { method: 'DELETE', headers }, call);
  if (response.status === 401) return;
  await checkAnswer(response, { issuer: call.issuer, secrets: [registrationAccessToken] });
}
