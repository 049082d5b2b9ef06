import { randomBytes, randomUUID } from 'node:crypto';
import { parseScope } from '../tokens/scopes.ts';

/** The authentication methods of clients at the token endpoint (OpenID Connect Core section 9), in the order of discovery. */
export const authenticationMethods = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'none',
] as const;

export type AuthenticationMethod = (typeof authenticationMethods)[number];

/** The metadata of a client (RFC 7591 section 2), with the names of the JSON members. */
export interface ClientMetadata {
  readonly client_name: string;
  readonly client_description?: string | undefined;
  readonly redirect_uris: readonly string[];
  readonly client_uri?: string | undefined;
  readonly tos_uri?: string | undefined;
  readonly contacts?: readonly string[] | undefined;
  readonly grant_types: readonly string[];
  readonly response_types?: readonly string[] | undefined;
  readonly policy_uri?: string | undefined;
  readonly jwks_uri?: string | undefined;
  readonly token_endpoint_auth_method: AuthenticationMethod;
  /** Separated by single spaces. */
  readonly scope: string;
  /** A JWK set as text. */
  readonly jwk?: string | undefined;
  readonly code_challenge_method?: string | undefined;
  readonly default_max_age?: number | undefined;
}

/** The settings of a client that an administrator controls. Lifetimes are in seconds, by default IAM's own. */
export interface ClientSettings {
  readonly access_token_validity_seconds?: number | undefined;
  /** 0 means that refresh tokens never expire. */
  readonly refresh_token_validity_seconds?: number | undefined;
  readonly id_token_validity_seconds?: number | undefined;
  readonly device_code_validity_seconds?: number | undefined;
  /** A refresh keeps the refresh token; otherwise a new one replaces it. */
  readonly reuse_refresh_token: boolean;
  readonly allow_introspection: boolean;
  /** A refresh makes the earlier access tokens unknown. */
  readonly clear_access_tokens_on_refresh: boolean;
  /** ID tokens say when the user logged in. */
  readonly require_auth_time: boolean;
  /** A client that is not active is suspended: it gets no tokens. */
  readonly active: boolean;
}

/** The default settings of a client. */
export const defaultSettings: ClientSettings = {
  reuse_refresh_token: true,
  allow_introspection: true,
  clear_access_tokens_on_refresh: true,
  require_auth_time: false,
  active: true,
};

export interface Client extends ClientMetadata, ClientSettings {
  readonly client_id: string;
  /** Absent for clients that authenticate with a key or not at all. */
  readonly client_secret?: string | undefined;
  readonly dynamically_registered: boolean;
  /** Milliseconds since 1970. */
  readonly created_at: number;
  /** The ids of the users who own the client. */
  readonly owners: readonly string[];
}

/** A secret of 512 random bits, as IAM makes them. */
export function newSecret(): string {
  return randomBytes(64).toString('base64url');
}

/** A new client with an id, and a secret if its authentication method needs one. */
export function newClient(metadata: ClientMetadata, now: number, owners: readonly string[] = []): Client {
  return {
    ...defaultSettings,
    ...metadata,
    client_id: randomUUID(),
    ...(needsSecret(metadata) ? { client_secret: newSecret() } : {}),
    dynamically_registered: true,
    created_at: Math.floor(now * 1000),
    owners,
  };
}

/** Whether a client authenticates with a secret. */
export function needsSecret({ token_endpoint_auth_method: method }: ClientMetadata): boolean {
  return method !== 'none' && method !== 'private_key_jwt';
}

/** The client with new metadata and settings; id, secret and owners stay the same. */
export function changedClient(client: Client, changes: ClientMetadata & ClientSettings): Client {
  const { client_id, client_secret, dynamically_registered, created_at, owners } = client;
  return { ...changes, client_id, client_secret, dynamically_registered, created_at, owners };
}

/** The settings of a client, without its metadata. */
export function settingsOf(client: Client): ClientSettings {
  return {
    access_token_validity_seconds: client.access_token_validity_seconds,
    refresh_token_validity_seconds: client.refresh_token_validity_seconds,
    id_token_validity_seconds: client.id_token_validity_seconds,
    device_code_validity_seconds: client.device_code_validity_seconds,
    reuse_refresh_token: client.reuse_refresh_token,
    allow_introspection: client.allow_introspection,
    clear_access_tokens_on_refresh: client.clear_access_tokens_on_refresh,
    require_auth_time: client.require_auth_time,
    active: client.active,
  };
}

export function scopesOf(client: Client): string[] {
  return parseScope(client.scope);
}
