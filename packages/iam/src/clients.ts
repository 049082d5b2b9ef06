import { randomBytes, randomUUID } from 'node:crypto';
import { AUTHORIZATION_CODE, CLIENT_CREDENTIALS, DEVICE_CODE, REFRESH_TOKEN } from './grants/names.ts';
import { parseScope } from './scopes.ts';

export type AuthenticationMethod =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_secret_jwt'
  | 'private_key_jwt'
  | 'none';

/** What a client says about itself (RFC 7591 section 2), under its names on the wire. */
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
  readonly jwk?: string | undefined;
  readonly code_challenge_method?: string | undefined;
  readonly default_max_age?: number | undefined;
}

export interface Client extends ClientMetadata {
  readonly client_id: string;
  /** Absent for clients that prove themselves with a key or not at all. */
  readonly client_secret?: string | undefined;
  readonly dynamically_registered: boolean;
  /** Milliseconds since 1970. */
  readonly created_at: number;
}

/** A secret of 512 random bits, as IAM makes them. */
function newSecret(): string {
  return randomBytes(64).toString('base64url');
}

/** Gives a registering client its id, and a secret if its way of authentication needs one. */
export function newClient(metadata: ClientMetadata, now: number): Client {
  const keyless = ['none', 'private_key_jwt'].includes(metadata.token_endpoint_auth_method);
  return {
    ...metadata,
    client_id: randomUUID(),
    ...(keyless ? {} : { client_secret: newSecret() }),
    dynamically_registered: true,
    created_at: Math.floor(now * 1000),
  };
}

export function scopesOf(client: Client): string[] {
  return parseScope(client.scope);
}

/** The clients that are there from the start, named as in IAM's test data. */
export function testClients(scopes: readonly string[]): Client[] {
  const scope = scopes.join(' ');
  const common = { redirect_uris: [], scope, dynamically_registered: false, created_at: 0 } as const;
  return [
    {
      ...common,
      client_id: 'device-code-client',
      client_secret: 'secret',
      client_name: 'Device code client',
      grant_types: [DEVICE_CODE, REFRESH_TOKEN],
      token_endpoint_auth_method: 'client_secret_basic',
    },
    {
      ...common,
      client_id: 'public-dc-client',
      client_name: 'Public device code client',
      grant_types: [DEVICE_CODE, REFRESH_TOKEN],
      token_endpoint_auth_method: 'none',
    },
    {
      ...common,
      client_id: 'client-cred',
      client_secret: 'secret',
      client_name: 'Client credentials',
      grant_types: [CLIENT_CREDENTIALS],
      token_endpoint_auth_method: 'client_secret_basic',
    },
    {
      ...common,
      client_id: 'client',
      client_secret: 'secret',
      client_name: 'Test client',
      redirect_uris: ['http://localhost:9876/callback'],
      grant_types: [AUTHORIZATION_CODE, REFRESH_TOKEN],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ];
}
