import {
  type Client,
  changedClient,
  needsSecret,
  newClient,
  newSecret,
  scopesOf,
} from '../../clients/clients.ts';
import { ApiError } from '../../errors.ts';
import type { Routes } from '../../http/router.ts';
import type { Iam } from '../../iam.ts';
import { type ClientRecords, forgetClient } from '../../state/state.ts';
import type { User } from '../../users/users.ts';
import { readClientJson } from '../registration/client-document.ts';
import { metadataFor } from '../registration/client-metadata.ts';
import { managementView } from '../registration/client-view.ts';
import { parseClientDocument } from '../registration/constraints.ts';
import { knownClient, newRegistrationToken } from '../registration/registration.ts';
import type { Administrators } from './administrators.ts';
import { parseClientIdentity, parseClientSettings } from './client-settings.ts';
import { pageOf } from './paging.ts';

/** `/iam/api/clients`: lets administrators list, create, change and delete clients. */
export function clientManagement(
  iam: ClientRecords & Pick<Iam, 'issuer' | 'key' | 'lifetimes' | 'now' | 'scopes' | 'users'>,
  { mayRead, mayWrite }: Administrators,
): Routes {
  const { clients } = iam;
  const path = '/iam/api/clients';
  const store = (client: Client): Client => {
    clients.set(client.client_id, client);
    return client;
  };
  const setActive = (active: boolean) => ({
    PATCH: mayWrite((ctx, id) => {
      store({ ...knownClient(iam, id), active });
      ctx.status = 200;
      ctx.body = '';
    }),
  });

  return {
    [path]: {
      GET: mayRead((ctx) => {
        const listed = [...clients.values()]
          .filter((client) => ctx.query.drOnly !== 'true' || client.dynamically_registered)
          .sort((a, b) => (a.client_id < b.client_id ? -1 : 1));
        ctx.body = pageOf(ctx, listed, (client) => managementView(iam, client));
      }),

      POST: mayWrite(async (ctx) => {
        const body = await readClientJson(ctx);
        const document = parseClientDocument(body, 'saveNewClient.client');
        const metadata = metadataFor(iam.scopes, document, 'administrator');
        const { id, secret } = parseClientIdentity(body);
        if (id !== undefined && clients.get(id) !== undefined) {
          throw new ApiError(400, `Client id not available: ${id}`);
        }
        const client = newClient(metadata, iam.now());
        const created = store({
          ...client,
          ...parseClientSettings(body),
          client_id: id ?? client.client_id,
          client_secret: needsSecret(client) ? (secret ?? client.client_secret) : undefined,
          dynamically_registered: false,
        });
        ctx.status = 201;
        ctx.body = managementView(iam, created);
      }),
    },

    [`${path}/*`]: {
      GET: mayRead((ctx, id) => {
        ctx.body = managementView(iam, knownClient(iam, id));
      }),

      PUT: mayWrite(async (ctx, id) => {
        const client = knownClient(iam, id);
        const body = await readClientJson(ctx);
        const document = parseClientDocument(body, 'updateClient.client');
        const kept = { grants: client.grant_types, scopes: scopesOf(client) };
        const metadata = metadataFor(iam.scopes, document, 'administrator', kept);
        const { secret } = parseClientIdentity(body);
        const settings = { ...parseClientSettings(body), active: client.active };
        const secretOrNone = needsSecret(metadata)
          ? (secret ?? client.client_secret ?? newSecret())
          : undefined;
        const changed = changedClient(client, { ...metadata, ...settings });
        ctx.body = managementView(iam, store({ ...changed, client_secret: secretOrNone }));
      }),

      DELETE: mayWrite((ctx, id) => {
        knownClient(iam, id);
        forgetClient(iam, id);
        ctx.status = 204;
      }),
    },

    [`${path}/*/enable`]: setActive(true),
    [`${path}/*/disable`]: setActive(false),

    [`${path}/*/secret`]: {
      POST: mayWrite((ctx, id) => {
        const client = store({ ...knownClient(iam, id), client_secret: newSecret() });
        ctx.status = 201;
        ctx.body = managementView(iam, client);
      }),
    },

    [`${path}/*/rat`]: {
      POST: mayWrite(async (ctx, id) => {
        const client = knownClient(iam, id);
        ctx.status = 201;
        ctx.body = managementView(iam, client, await newRegistrationToken(iam, id));
      }),
    },

    [`${path}/*/owners`]: {
      GET: mayRead((ctx, id) => {
        const owners = knownClient(iam, id).owners.flatMap((owner) => iam.users.byId(owner) ?? []);
        ctx.body = pageOf(ctx, owners, scimUser);
      }),
    },

    [`${path}/*/owners/*`]: {
      POST: mayWrite((ctx, id, account) => {
        const client = knownClient(iam, id);
        const user = knownUser(iam, account);
        store({ ...client, owners: [...new Set([...client.owners, user.id])] });
        ctx.status = 201;
        ctx.body = '';
      }),
      DELETE: mayWrite((ctx, id, account) => {
        const client = knownClient(iam, id);
        const user = knownUser(iam, account);
        store({ ...client, owners: client.owners.filter((owner) => owner !== user.id) });
        ctx.status = 204;
      }),
    },
  };
}

/** @throws ApiError 404 */
function knownUser(iam: Pick<Iam, 'users'>, id: string): User {
  const user = iam.users.byId(id);
  if (user === undefined) throw new ApiError(404, `Account not found for id: ${id}`);
  return user;
}

/** The members of a SCIM user (RFC 7643 section 4.1) that identify the user. */
function scimUser({ id, username, givenName, familyName }: User) {
  const name = { familyName, formatted: `${givenName} ${familyName}`, givenName };
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
  return { schemas, id, userName: username, name, displayName: username };
}
