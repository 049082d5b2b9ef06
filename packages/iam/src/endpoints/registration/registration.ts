import { randomUUID } from 'node:crypto';
import type { Context } from 'koa';
import { type Client, changedClient, newClient, scopesOf, settingsOf } from '../../clients/clients.ts';
import { ApiError } from '../../errors.ts';
import { presentedToken } from '../../http/bearer-token.ts';
import { readText } from '../../http/body.ts';
import type { Callers } from '../../http/caller.ts';
import type { Iam } from '../../iam.ts';
import { type ClientRecords, forgetClient } from '../../state/state.ts';
import { sign } from '../../tokens/keys.ts';
import type { User } from '../../users/users.ts';
import { readClientJson } from './client-document.ts';
import { metadataFor, registrantOf } from './client-metadata.ts';
import { registrationView } from './client-view.ts';
import { parseClientDocument } from './constraints.ts';

const INVALID_TOKEN = 'Invalid registration access token';

/**
 * `POST /iam/api/client-registration`: dynamic registration (RFC 7591), open to every client as in IAM. If a logged-in user registers a
 * client, the user owns it, and it has no registration token.
 */
export function registrationEndpoint(
  iam: Pick<Iam, 'clients' | 'issuer' | 'key' | 'now' | 'registrationTokens' | 'scopes'>,
  callers: Callers,
  view = registrationView,
) {
  return async (ctx: Context) => {
    const user = await callers.user(ctx);
    const document = parseClientDocument(await readClientJson(ctx), 'registerClient.request');
    const metadata = metadataFor(iam.scopes, document, registrantOf(user));
    const client = newClient(metadata, iam.now(), user === undefined ? [] : [user.id]);
    iam.clients.set(client.client_id, client);
    const token = user === undefined ? await newRegistrationToken(iam, client.client_id) : undefined;
    ctx.status = 201;
    ctx.body = view(iam, client, token);
  };
}

/** Creates the token that lets its holder read, change and delete a client, and revokes an earlier one. */
export async function newRegistrationToken(
  iam: Pick<Iam, 'issuer' | 'key' | 'now' | 'registrationTokens'>,
  clientId: string,
): Promise<string> {
  const token = await sign(iam.key, {
    aud: clientId,
    iss: iam.issuer,
    iat: Math.floor(iam.now()),
    jti: randomUUID(),
  });
  iam.registrationTokens.deleteWhere((owner) => owner === clientId);
  iam.registrationTokens.set(token, clientId);
  return token;
}

/**
 * `GET`, `PUT` and `DELETE` of a client by its registration access token (RFC 7592 section 2), or by the
 * owner of the client. IAM no longer returns the registration access token here; `view` gets it for the legacy endpoint.
 */
export function clientConfigurationEndpoint(
  iam: ClientRecords & Pick<Iam, 'issuer' | 'scopes'>,
  callers: Callers,
  view: typeof registrationView = (_, client) => registrationView(iam, client),
) {
  return {
    GET: async (ctx: Context, clientId: string) => {
      const caller = await callerOf(iam, callers, ctx);
      ctx.body = view(iam, managedClient(iam, caller, clientId), caller.registrationToken);
    },

    PUT: async (ctx: Context, clientId: string) => {
      const caller = await callerOf(iam, callers, ctx);
      const document = parseClientDocument(await readClientJson(ctx), 'updateClient.request');
      const client = managedClient(iam, caller, clientId);
      if (!client.active && caller.user?.admin !== true) {
        throw new ApiError(403, `Client ${clientId} is suspended!`);
      }
      const kept = { grants: client.grant_types, scopes: scopesOf(client) };
      const metadata = metadataFor(iam.scopes, document, registrantOf(caller.user), kept);
      const updated = changedClient(client, { ...settingsOf(client), ...metadata });
      iam.clients.set(clientId, updated);
      ctx.body = view(iam, updated, caller.registrationToken);
    },

    DELETE: async (ctx: Context, clientId: string) => {
      managedClient(iam, await callerOf(iam, callers, ctx), clientId);
      forgetClient(iam, clientId);
      ctx.status = 204;
    },
  };
}

/** `POST .../{clientId}/redeem`: a user becomes owner of a client by its registration token, the body of the request. */
export function redeemEndpoint(
  iam: Pick<Iam, 'clients' | 'issuer' | 'registrationTokens'>,
  callers: Callers,
) {
  return async (ctx: Context, clientId: string) => {
    const user = await callers.user(ctx);
    if (user === undefined) throw new ApiError(400, 'No authenticated user found');
    const token = (await readText(ctx)).trim();
    if (iam.registrationTokens.get(token) !== clientId) throw new ApiError(400, INVALID_TOKEN);
    const client = knownClient(iam, clientId);
    const updated = { ...client, owners: [...new Set([...client.owners, user.id])] };
    iam.clients.set(clientId, updated);
    ctx.body = registrationView(iam, updated);
  };
}

/** The sender of a request about a client: a user, the holder of a registration access token, or neither. */
interface Caller {
  readonly user?: User | undefined;
  readonly registrationToken?: string;
}

/** @throws OAuthError 401 for a token that IAM does not know, such as that of a deleted client */
async function callerOf(
  iam: Pick<Iam, 'registrationTokens'>,
  callers: Callers,
  ctx: Context,
): Promise<Caller> {
  const token = presentedToken(ctx);
  if (token !== undefined && iam.registrationTokens.get(token) !== undefined) {
    return { registrationToken: token };
  }
  return { user: await callers.user(ctx) };
}

/**
 * The client that a request is about, if the caller may manage it.
 * @throws ApiError 404 if the user owns no such client, 400 without a registration token for this client
 */
function managedClient(
  iam: Pick<Iam, 'clients' | 'registrationTokens'>,
  { user, registrationToken }: Caller,
  clientId: string,
): Client {
  if (user === undefined) {
    const owner = registrationToken === undefined ? undefined : iam.registrationTokens.get(registrationToken);
    if (owner !== clientId) throw new ApiError(400, INVALID_TOKEN);
    return knownClient(iam, clientId);
  }
  const client = knownClient(iam, clientId);
  if (!client.owners.includes(user.id)) throw noSuchClient(clientId);
  return client;
}

/** @throws ApiError 404 */
export function knownClient(iam: Pick<Iam, 'clients'>, clientId: string): Client {
  const client = iam.clients.get(clientId);
  if (client === undefined) throw noSuchClient(clientId);
  return client;
}

function noSuchClient(clientId: string): ApiError {
  return new ApiError(404, `Client not found for clientId: ${clientId}`);
}
