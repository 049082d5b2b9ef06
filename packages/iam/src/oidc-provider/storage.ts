import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Client } from '../clients/clients.ts';
import { AUTHORIZATION_CODE } from '../grants/names.ts';
import type { Iam } from '../iam.ts';
import { ExpiringMap } from '../state/expiring-map.ts';

/** The storage of oidc-provider: it reads our clients, and keeps sessions, interactions, codes and grants in memory. */
export interface ProviderStorage {
  readonly adapter: (model: string) => Adapter;
  /** Frees what has expired. */
  sweep(): void;
}

export function createProviderStorage(
  iam: Pick<Iam, 'clients' | 'issuer' | 'now'>,
  supportedGrants: readonly string[],
): ProviderStorage {
  const models = new Map<string, ExpiringMap<AdapterPayload>>();
  /** Session uid -> session id. */
  const ids = new ExpiringMap<string>(iam.now);

  const storage = (model: string): ExpiringMap<AdapterPayload> => {
    const existing = models.get(model);
    if (existing !== undefined) return existing;
    const created = new ExpiringMap<AdapterPayload>(iam.now);
    models.set(model, created);
    return created;
  };

  const adapter = (model: string): Adapter => {
    const entries = storage(model);
    return {
      async find(id) {
        if (model !== 'Client') return entries.get(id);
        const client = iam.clients.get(id);
        return client === undefined ? undefined : providerMetadata(iam, client, supportedGrants);
      },
      async upsert(id, payload, expiresIn) {
        entries.set(id, payload, expiresIn);
        if (payload.uid !== undefined) ids.set(payload.uid, id, expiresIn);
      },
      async destroy(id) {
        entries.delete(id);
      },
      async findByUid(uid) {
        return entries.get(ids.get(uid) ?? '');
      },
      async consume(id) {
        const entry = entries.get(id);
        if (entry !== undefined) entry.consumed = Math.floor(iam.now());
      },
      async revokeByGrantId(grantId) {
        entries.deleteWhere((entry) => entry.grantId === grantId);
      },
      // Only oidc-provider's own device flow uses it, which IAM's replaces.
      async findByUserCode() {},
    };
  };

  return {
    adapter,
    sweep: () => {
      for (const entries of [...models.values(), ids]) entries.sweep();
    },
  };
}

/** The members of a client that oidc-provider needs. We check scopes and redirect URIs ourselves, by IAM's rules. */
function providerMetadata(
  iam: Pick<Iam, 'issuer'>,
  client: Client,
  supportedGrants: readonly string[],
): AdapterPayload {
  const usesCode = client.grant_types.includes(AUTHORIZATION_CODE);
  return {
    client_id: client.client_id,
    client_secret: client.client_secret,
    grant_types: client.grant_types.filter((grant) => supportedGrants.includes(grant)),
    response_types: usesCode ? ['code'] : [],
    redirect_uris: usesCode ? [iam.issuer] : [],
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    ...(client.token_endpoint_auth_method === 'private_key_jwt' ? keysOf(client) : {}),
  };
}

function keysOf({ jwk, jwks_uri }: Client): AdapterPayload {
  return jwk === undefined ? { jwks_uri } : { jwks: JSON.parse(jwk) };
}
