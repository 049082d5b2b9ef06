import { randomUUID } from 'node:crypto';
import type { Context } from 'koa';
import { type Client, changedClient, newClient, scopesOf, settingsOf } from '../clients.ts';
import { ApiError } from '../errors.ts';
import { notAuthenticated, presentedToken } from '../http/bearer-token.ts';
import { readJson, readText } from '../http/body.ts';
import { callingUser } from '../http/caller.ts';
import type { Iam } from '../iam.ts';
import { sign } from '../keys.ts';
import type { Sessions } from '../sessions.ts';
import { forgetClient } from '../state/state.ts';
import type { User } from '../users.ts';
import { parseClientMetadata, registrantOf } from './client-metadata.ts';
import { registrationView } from './client-view.ts';

/**
 * `POST /iam/api/client-registration`: dynamic registration (RFC 7591) for anybody, as IAM does it. A client that
 * somebody registers who is logged in belongs to that person and has no registration token.
 */
export function registrationEndpoint(iam: Iam, sessions: Sessions, view = registrationView) {
  return async (ctx: Context) => {
    const user = await callingUser(iam, sessions, ctx);
    const body = await readJson(ctx);
    for (const member of ['client_id', 'client_secret']) {
      if (typeof body === 'object' && body !== null && member in body) {
        throw new ApiError(400, `${member} must not be given`);
      }
    }
    const metadata = parseClientMetadata(iam.scopes, body, registrantOf(user));
    const client = newClient(metadata, iam.now(), user === undefined ? [] : [user.id]);
    iam.state.clients.set(client.client_id, client);
    const token = user === undefined ? await newRegistrationToken(iam, client.client_id) : undefined;
    ctx.status = 201;
    ctx.body = view(iam, client, token);
  };
}

/** Makes the token that lets its holder read, change and delete a client; an earlier one ends. */
export async function newRegistrationToken(iam: Iam, clientId: string): Promise<string> {
  const token = await sign(iam.key, {
    aud: clientId,
    iss: iam.issuer,
    iat: Math.floor(iam.now()),
    jti: randomUUID(),
  });
  iam.state.registrationTokens.deleteWhere((owner) => owner === clientId);
  iam.state.registrationTokens.set(token, clientId);
  return token;
}

/**
 * `GET`, `PUT` and `DELETE` of a client by its registration access token (RFC 7592 section 2), or by a person whose
 * client it is.
 */
export function clientConfigurationEndpoint(iam: Iam, sessions: Sessions, view = registrationView) {
  return {
    GET: async (ctx: Context, clientId: string) => {
      const { client, token } = await managedClient(iam, sessions, ctx, clientId);
      ctx.body = view(iam, client, token);
    },

    PUT: async (ctx: Context, clientId: string) => {
      const { client, token, user } = await managedClient(iam, sessions, ctx, clientId);
      const kept = { grants: client.grant_types, scopes: scopesOf(client) };
      const metadata = parseClientMetadata(iam.scopes, await readJson(ctx), registrantOf(user), kept);
      const updated = changedClient(client, { ...settingsOf(client), ...metadata });
      iam.state.clients.set(clientId, updated);
      ctx.body = view(iam, updated, token);
    },

    DELETE: async (ctx: Context, clientId: string) => {
      await managedClient(iam, sessions, ctx, clientId);
      forgetClient(iam.state, clientId);
      ctx.status = 204;
    },
  };
}

/** `POST .../{clientId}/redeem`: a person makes a client theirs by its registration token, the body of the request. */
export function redeemEndpoint(iam: Iam, sessions: Sessions) {
  return async (ctx: Context, clientId: string) => {
    const user = await callingUser(iam, sessions, ctx);
    if (user === undefined) throw notAuthenticated();
    const client = knownClient(iam, clientId);
    const token = (await readText(ctx)).trim();
    if (iam.state.registrationTokens.get(token) !== clientId) {
      throw new ApiError(400, 'Invalid registration access token');
    }
    const updated = { ...client, owners: [...new Set([...client.owners, user.id])] };
    iam.state.clients.set(clientId, updated);
    ctx.body = registrationView(iam, updated);
  };
}

/**
 * The client that a request is about, and by what the caller may manage it.
 * @throws OAuthError 401 for nobody, and for a token that nobody knows, such as that of a deleted client
 * @throws ApiError 404 for an unknown client, 403 for a suspended one, 400 for one that is not the caller's
 */
async function managedClient(
  iam: Iam,
  sessions: Sessions,
  ctx: Context,
  clientId: string,
): Promise<{ client: Client; token: string | undefined; user: User | undefined }> {
  const token = presentedToken(ctx);
  const ownClient = token === undefined ? undefined : iam.state.registrationTokens.get(token);
  const user = ownClient === undefined ? await callingUser(iam, sessions, ctx) : undefined;
  if (token === undefined && user === undefined) throw notAuthenticated();
  const client = knownClient(iam, clientId);
  const isOwner = user !== undefined && (user.admin === true || client.owners.includes(user.id));
  if (ownClient !== clientId && !isOwner) throw new ApiError(400, 'Invalid registration access token');
  if (!client.active) throw new ApiError(403, `Client is suspended: ${clientId}`);
  return { client, user, token: ownClient === undefined ? undefined : token };
}

/** @throws ApiError 404 */
export function knownClient(iam: Iam, clientId: string): Client {
  const client = iam.state.clients.get(clientId);
  if (client === undefined) throw new ApiError(404, `Client not found: ${clientId}`);
  return client;
}
