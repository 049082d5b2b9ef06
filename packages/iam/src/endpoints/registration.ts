import { randomUUID } from 'node:crypto';
import type { Context } from 'koa';
import { type Client, changedClient, newClient, scopesOf, settingsOf } from '../clients.ts';
import { ApiError, OAuthError } from '../errors.ts';
import { bearerToken } from '../http/bearer-token.ts';
import { readJson } from '../http/body.ts';
import type { Iam } from '../iam.ts';
import { sign } from '../keys.ts';
import { forgetClient } from '../state/state.ts';
import { parseClientMetadata } from './client-metadata.ts';

/** `POST /iam/api/client-registration`: dynamic registration (RFC 7591) for anybody, as IAM does it. */
export function registrationEndpoint(iam: Iam) {
  return async (ctx: Context) => {
    const body = await readJson(ctx);
    for (const member of ['client_id', 'client_secret']) {
      if (typeof body === 'object' && body !== null && member in body) {
        throw new ApiError(400, `${member} must not be given`);
      }
    }
    const client = newClient(parseClientMetadata(iam.scopes, body), iam.now());
    const token = await sign(iam.key, {
      aud: client.client_id,
      iss: iam.issuer,
      iat: Math.floor(iam.now()),
      jti: randomUUID(),
    });
    iam.state.clients.set(client.client_id, client);
    iam.state.registrationTokens.set(token, client.client_id);
    ctx.status = 201;
    ctx.body = clientView(iam, client, token);
  };
}

/** `GET`, `PUT` and `DELETE` of a client by its registration access token (RFC 7592 section 2). */
export function clientConfigurationEndpoint(iam: Iam) {
  return {
    GET: (ctx: Context, clientId: string) => {
      const { client, token } = clientOf(iam, ctx, clientId);
      ctx.body = clientView(iam, client, token);
    },

    PUT: async (ctx: Context, clientId: string) => {
      const { client, token } = clientOf(iam, ctx, clientId);
      const kept = { grants: client.grant_types, scopes: scopesOf(client) };
      const metadata = parseClientMetadata(iam.scopes, await readJson(ctx), kept);
      const updated = changedClient(client, { ...settingsOf(client), ...metadata });
      iam.state.clients.set(clientId, updated);
      ctx.body = clientView(iam, updated, token);
    },

    DELETE: (ctx: Context, clientId: string) => {
      clientOf(iam, ctx, clientId);
      forgetClient(iam.state, clientId);
      ctx.status = 204;
    },
  };
}

/**
 * The client that a request is about and may manage.
 * @throws OAuthError 401 for a token that nobody knows, such as that of a deleted client
 * @throws ApiError 404 for an unknown client, 400 for the token of another client or of another kind
 */
function clientOf(iam: Iam, ctx: Context, clientId: string): { client: Client; token: string } {
  const token = bearerToken(ctx);
  const owner = iam.state.registrationTokens.get(token);
  if (owner === undefined && iam.state.accessTokens.get(token) === undefined) {
    throw new OAuthError(401, 'invalid_token', 'Invalid access token');
  }
  const client = iam.state.clients.get(clientId);
  if (client === undefined) throw new ApiError(404, `Client not found: ${clientId}`);
  if (owner !== clientId) throw new ApiError(400, 'Invalid registration access token');
  return { client, token };
}

/** A client as its owner sees it; members without a value are left out by JSON. */
function clientView(iam: Iam, client: Client, token: string): Record<string, unknown> {
  return {
    client_id: client.client_id,
    client_secret: client.client_secret,
    client_name: client.client_name,
    client_description: client.client_description,
    redirect_uris: client.redirect_uris,
    client_uri: client.client_uri,
    tos_uri: client.tos_uri,
    contacts: client.contacts,
    grant_types: client.grant_types,
    response_types: client.response_types,
    policy_uri: client.policy_uri,
    jwks_uri: client.jwks_uri,
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    scope: client.scope,
    reuse_refresh_token: true,
    dynamically_registered: client.dynamically_registered,
    clear_access_tokens_on_refresh: true,
    require_auth_time: false,
    active: true,
    registration_access_token: token,
    registration_client_uri: `${iam.issuer}iam/api/client-registration/${client.client_id}`,
    created_at: client.created_at,
    jwk: client.jwk,
    code_challenge_method: client.code_challenge_method,
    default_max_age: client.default_max_age,
  };
}
