import * as v from 'valibot';
import type { ClientMetadata } from '../clients.ts';
import { ApiError } from '../errors.ts';
import {
  AUTHORIZATION_CODE,
  CLIENT_CREDENTIALS,
  IMPLICIT,
  knownGrants,
  PASSWORD,
  REFRESH_TOKEN,
  TOKEN_EXCHANGE,
} from '../grants/names.ts';
import { redirectUriProblem } from '../redirect-uris.ts';
import { parseScope, type ScopeRegistry } from '../scopes.ts';
import type { User } from '../users.ts';
import { isWebUri } from '../web-uri.ts';

/** Scopes that IAM keeps for its own registration tokens. */
const RESERVED_SCOPES = ['registration-token', 'resource-token'];

const text = (name: string) => v.string(`${name} must be a string`);
const url = (name: string) =>
  v.optional(
    v.nullable(
      v.pipe(
        text(name),
        v.check((value) => value === '' || isWebUri(value), `${name} must be an http or https URL`),
      ),
    ),
  );

const redirectUri = v.pipe(
  text('redirect_uris'),
  v.check(
    (uri) => redirectUriProblem(uri) === undefined,
    ({ input }) => `Invalid redirect URI: ${redirectUriProblem(input)}`,
  ),
);

const metadata = v.pipe(
  v.object(
    {
      client_name: v.pipe(
        text('client_name'),
        v.minLength(4, 'client_name must have 4 to 256 characters'),
        v.maxLength(256, 'client_name must have 4 to 256 characters'),
      ),
      client_description: v.optional(v.nullable(text('client_description'))),
      redirect_uris: v.optional(v.nullable(v.array(redirectUri, 'redirect_uris must be a list'))),
      client_uri: url('client_uri'),
      tos_uri: url('tos_uri'),
      policy_uri: url('policy_uri'),
      jwks_uri: url('jwks_uri'),
      contacts: v.optional(v.nullable(v.array(text('contacts'), 'contacts must be a list'))),
      grant_types: v.optional(
        v.pipe(
          v.array(
            v.picklist(knownGrants, ({ input }) => `Invalid grant type: ${String(input)}`),
            'grant_types must be a list',
          ),
          v.minLength(1, 'grant_types must not be empty'),
        ),
      ),
      response_types: v.optional(
        v.nullable(v.array(text('response_types'), 'response_types must be a list')),
      ),
      token_endpoint_auth_method: v.optional(
        v.picklist(
          ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
          'Invalid token_endpoint_auth_method',
        ),
        'client_secret_basic',
      ),
      scope: v.optional(
        v.nullable(
          v.pipe(
            text('scope'),
            v.transform((value) => parseScope(value)),
            v.check((scopes) => scopes.length <= 512, 'scope must have at most 512 members'),
            v.check(
              (scopes) => scopes.every(({ length }) => length <= 2048),
              'a scope must have at most 2048 characters',
            ),
          ),
        ),
      ),
      jwk: v.optional(
        v.nullable(v.pipe(text('jwk'), v.check(isJsonObject, 'jwk must be a JSON Web Key as text'))),
      ),
      code_challenge_method: v.optional(
        v.nullable(v.picklist(['', 'none', 'plain', 'S256'], 'Invalid code_challenge_method')),
      ),
      default_max_age: v.optional(
        v.nullable(v.pipe(v.number('default_max_age must be a number'), v.integer(), v.minValue(0))),
      ),
    },
    ({ expected }) =>
      expected === 'Object'
        ? 'The request body must be a JSON object'
        : `${expected} is required`.replaceAll('"', ''),
  ),
  v.check(
    ({ grant_types, redirect_uris }) =>
      !(grant_types ?? [AUTHORIZATION_CODE]).some(
        (grant) => grant === AUTHORIZATION_CODE || grant === IMPLICIT,
      ) || (redirect_uris ?? []).length > 0,
    'redirect_uris must have a member for this grant type',
  ),
  v.check(
    ({ token_endpoint_auth_method, jwks_uri, jwk }) =>
      token_endpoint_auth_method !== 'private_key_jwt' || Boolean(jwks_uri) || Boolean(jwk),
    'private_key_jwt needs jwks_uri or jwk',
  ),
);

/** What a client that exists already may keep although nobody could register it today. */
interface Kept {
  readonly grants: readonly string[];
  readonly scopes: readonly string[];
}

const nothingKept: Kept = { grants: [], scopes: [] };

/** Who registers or changes a client. */
export type Registrant = 'anybody' | 'user' | 'administrator';

export function registrantOf(user: User | undefined): Registrant {
  if (user === undefined) return 'anybody';
  return user.admin === true ? 'administrator' : 'user';
}

/** The grants that only somebody with more rights may give a client. */
const FORBIDDEN_GRANTS: Readonly<Record<Registrant, readonly string[]>> = {
  anybody: [PASSWORD, TOKEN_EXCHANGE, CLIENT_CREDENTIALS],
  user: [PASSWORD, TOKEN_EXCHANGE],
  administrator: [],
};

/**
 * Reads the metadata of a client that registers (RFC 7591 section 2), by IAM's rules: unknown members are ignored,
 * grants that only an administrator gives are refused, restricted scopes are dropped without a word.
 * @throws ApiError 400
 */
export function parseClientMetadata(
  registry: ScopeRegistry,
  body: unknown,
  registrant: Registrant,
  kept = nothingKept,
): ClientMetadata {
  const result = v.safeParse(metadata, body, { abortEarly: true });
  if (!result.success) throw new ApiError(400, result.issues[0].message);
  const { scope: asked, grant_types: grants = [AUTHORIZATION_CODE], redirect_uris, ...rest } = result.output;

  const forbidden = grants.find(
    (grant) => FORBIDDEN_GRANTS[registrant].includes(grant) && !kept.grants.includes(grant),
  );
  if (forbidden !== undefined) throw new ApiError(400, `Grant type not allowed: ${forbidden}`);

  const scopes = (asked ?? []).filter(
    (scope) =>
      !RESERVED_SCOPES.includes(scope) &&
      (registrant === 'administrator' || !registry.isRestricted(scope) || kept.scopes.includes(scope)),
  );
  const granted = scopes.length > 0 ? scopes : registry.defaults;
  const refreshes = granted.includes('offline_access') ? [REFRESH_TOKEN] : [];
  return {
    ...withoutEmpty(rest),
    client_name: rest.client_name,
    token_endpoint_auth_method: rest.token_endpoint_auth_method,
    redirect_uris: redirect_uris ?? [],
    grant_types: [...new Set([...grants, ...refreshes])],
    scope: granted.join(' '),
  };
}

function isJsonObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Drops members that are null or empty, as IAM leaves them out of what it stores and shows. */
function withoutEmpty<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const isEmpty = (value: unknown) =>
    value == null || value === '' || (Array.isArray(value) && value.length === 0);
  const entries = Object.entries(members).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}
