import * as v from 'valibot';
import { Secret } from '../../secret.ts';
import { Printable, readAnswer } from '../http/answers.ts';
import type { Call } from '../http/call.ts';
import { send } from '../http/http.ts';
import { checkAnswer } from '../http/refusals.ts';
import { parseScopes, scopesToName } from '../scope.ts';
import { firstAccepted, isAboutScopes } from './first-accepted.ts';

/** The metadata that a client needs. */
export interface ClientNeeds {
  grantTypes: readonly string[];
  redirectUris: readonly string[];
  /** Space separated. */
  scope: string;
}

/** A client as it is after a change. */
export interface ChangedClient {
  grantTypes: string[];
  redirectUris: string[];
  /** Space separated. */
  scope: string;
  /** Set if the issuer has issued new ones, which replace the old ones (RFC 7592 3). */
  clientSecret: Secret | undefined;
  registrationAccessToken: Secret | undefined;
}

const List = v.fallback(v.optional(v.array(v.string()), []), []);
const Token = v.fallback(v.optional(v.pipe(v.string(), v.nonEmpty())), undefined);
const Configuration = v.looseObject({
  client_id: Printable,
  client_secret: Token,
  registration_access_token: Token,
  grant_types: List,
  response_types: List,
  redirect_uris: List,
  scope: v.fallback(v.optional(Printable, ''), ''),
});

/** Members of an answer that a request must not contain (RFC 7592 2.2). */
const ANSWER_ONLY = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
];

/**
 * Adds the missing metadata to a client: reads its configuration and writes it back with additions (RFC 7592 2.1 and
 * 2.2).
 *
 * @throws IssuerError if the issuer refuses the change
 */
export async function extendClient(
  { uri, token }: { uri: string; token: Secret },
  needs: ClientNeeds,
  call: Call,
): Promise<ChangedClient> {
  const current = await request('GET', uri, { token }, call);
  const union = (has: readonly string[], lacks: readonly string[]) => [...new Set([...has, ...lacks])];
  const grant_types = union(current.grant_types, needs.grantTypes);
  const wanted = {
    ...Object.fromEntries(Object.entries(current).filter(([name]) => !ANSWER_ONLY.includes(name))),
    grant_types,
    response_types: union(current.response_types, grant_types.includes('authorization_code') ? ['code'] : []),
    redirect_uris: union(current.redirect_uris, needs.redirectUris),
  };
  const scopes = scopesToName(needs.scope).map((scope) =>
    union(parseScopes(current.scope), parseScopes(scope)).join(' '),
  );
  const nextToken = new Secret(current.registration_access_token ?? token.reveal());
  const changed = await firstAccepted(scopes, isAboutScopes, (scope) =>
    request('PUT', uri, { token: nextToken, body: { ...wanted, scope } }, call),
  );
  const { client_secret, registration_access_token } = changed;
  return {
    // For a member that the answer omits, the value of the request holds.
    grantTypes: changed.grant_types.length > 0 ? changed.grant_types : grant_types,
    redirectUris: changed.redirect_uris.length > 0 ? changed.redirect_uris : wanted.redirect_uris,
    scope: changed.scope || (scopes[0] ?? ''),
    clientSecret: client_secret === undefined ? undefined : new Secret(client_secret),
    registrationAccessToken:
      registration_access_token === undefined ? nextToken : new Secret(registration_access_token),
  };
}

async function request(
  method: 'GET' | 'PUT',
  uri: string,
  {
    token,
    body,
  }: { token: Secret; body?: { client_secret?: string | undefined; scope: string | undefined } },
  call: Call,
): Promise<v.InferOutput<typeof Configuration>> {
  const headers = {
    authorization: `Bearer ${token.reveal()}`,
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const response = await send(uri, { method, headers, body: body && JSON.stringify(body) }, call);
  const secrets = [token, ...(body?.client_secret === undefined ? [] : [new Secret(body.client_secret)])];
  await checkAnswer(response, { issuer: call.issuer, secrets });
  return await readAnswer(response, Configuration, call.issuer);
}
