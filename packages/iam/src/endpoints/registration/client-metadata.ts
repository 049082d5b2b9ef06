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

/** Scopes that IAM keeps for its own registration tokens. */
const RESERVED_SCOPES = ['registration-token', 'resource-token'];

/** What an existing client may keep although a new client could not register it. */
interface Kept {
  readonly grants: readonly string[];
  readonly scopes: readonly string[];
}

/** The user or administrator that registers or changes a client. */
export type Registrant = 'anybody' | 'user' | 'administrator';

export function registrantOf(user: User | undefined): Registrant {
  if (user === undefined) return 'anybody';
  return user.admin === true ? 'administrator' : 'user';
}

/** The grants that need more rights than those of a registering client. */
const FORBIDDEN_GRANTS: Readonly<Record<Registrant, readonly string[]>> = {
  anybody: [PASSWORD, TOKEN_EXCHANGE, CLIENT_CREDENTIALS],
  user: [PASSWORD, TOKEN_EXCHANGE],
  administrator: [],
};

/**
 * The metadata that a client gets for its document, by IAM's rules: grants that only an administrator gives are refused,
 * restricted scopes are dropped without a word. Only a new client (without `kept`) that names no scope gets the usual ones.
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

/** Drops members that are null or empty, as IAM leaves them out of what it stores and shows. */
function withoutEmpty<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const isEmpty = (value: unknown) =>
    value == null || value === '' || (Array.isArray(value) && value.length === 0);
  const entries = Object.entries(members).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}
