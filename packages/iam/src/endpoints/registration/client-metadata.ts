import * as v from 'valibot';
import type { ClientMetadata } from '../../clients/clients.ts';
import { ApiError } from '../../errors.ts';
import {
  AUTHORIZATION_CODE,
  CLIENT_CREDENTIALS,
  PASSWORD,
  REFRESH_TOKEN,
  TOKEN_EXCHANGE,
} from '../../grants/names.ts';
import type { ScopeRegistry } from '../../tokens/scopes.ts';
import type { User } from '../../users/users.ts';
import type { ClientDocument } from './client-document.ts';

/** Scopes that IAM reserves for its own registration tokens. */
const RESERVED_SCOPES = ['registration-token', 'resource-token'];

/** The grants and scopes that an existing client may keep, although a new client could not register them. */
interface Kept {
  readonly grants: readonly string[];
  readonly scopes: readonly string[];
}

/** The sender of a registration or change: without a login, a user or an administrator. */
export type Registrant = 'anonymous' | 'user' | 'administrator';

export function registrantOf(user: User | undefined): Registrant {
  if (user === undefined) return 'anonymous';
  return user.admin === true ? 'administrator' : 'user';
}

/** The grants that each registrant may not give to a client. */
const FORBIDDEN_GRANTS: Readonly<Record<Registrant, readonly string[]>> = {
  anonymous: [PASSWORD, TOKEN_EXCHANGE, CLIENT_CREDENTIALS],
  user: [PASSWORD, TOKEN_EXCHANGE],
  administrator: [],
};

/**
 * The metadata of a client for a document, by IAM's rules: an error for grants that only an administrator can give, no error for
 * restricted scopes, which are dropped. A new client (without `kept`) that names no scope gets the default scopes.
 * @throws ApiError 400
 */
export function metadataFor(
  registry: ScopeRegistry,
  document: ClientDocument,
  registrant: Registrant,
  kept?: Kept,
): ClientMetadata {
  const { client_id, client_secret, client_name, scope: asked = [], redirect_uris, ...rest } = document;
  const grants = rest.grant_types ?? [AUTHORIZATION_CODE];
  if (!rest.jwks_uri && rest.jwk) checkKeySet(rest.jwk);
  const forbidden = grants.find(
    (grant) => FORBIDDEN_GRANTS[registrant].includes(grant) && kept?.grants.includes(grant) !== true,
  );
  if (forbidden !== undefined) throw new ApiError(400, `Grant type not allowed: ${forbidden}`);

  const allowed = asked.filter(
    (scope) =>
      !RESERVED_SCOPES.includes(scope) &&
      (registrant === 'administrator' ||
        !registry.isRestricted(scope) ||
        kept?.scopes.includes(scope) === true),
  );
  const scopes = asked.length === 0 && kept === undefined ? registry.defaults : allowed;
  const refreshes = scopes.includes('offline_access') ? [REFRESH_TOKEN] : [];
  return {
    ...withoutEmpty(rest),
    client_name: client_name ?? '',
    token_endpoint_auth_method: rest.token_endpoint_auth_method ?? 'client_secret_basic',
    redirect_uris: redirect_uris ?? [],
    grant_types: [...new Set([...grants, ...refreshes])],
    scope: scopes.join(' '),
  };
}

/**
 * The member `jwk` is a JWK set (RFC 7517 section 5) as text, in spite of its name.
 * @throws ApiError 400
 */
function checkKeySet(text: string): void {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
  if (!parsed.success) throw new ApiError(400, 'Invalid JSON');
  if (!v.is(v.object({ keys: v.array(v.unknown()) }), parsed.output)) {
    throw new ApiError(400, 'Missing required "keys" member');
  }
}

/** Drops members that are null or empty, as IAM does. */
function withoutEmpty<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const isEmpty = (value: unknown) =>
    value == null || value === '' || (Array.isArray(value) && value.length === 0);
  const entries = Object.entries(members).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}
