import { DEVICE_CODE, REFRESH_TOKEN } from '../grants/names.ts';
import type { Lifetimes } from '../iam.ts';
import type { ProfileName } from '../profiles/profiles.ts';
import type { SystemScope } from '../tokens/scopes.ts';
import type { BehaviourInput, Rule } from './rules.ts';

/** The options that imitate another issuer. docs/iam-reference.md has the source of each line. */
interface Likeness {
  readonly profile?: ProfileName;
  readonly scopes?: readonly SystemScope[];
  readonly lifetimes?: Partial<Lifetimes>;
  readonly behaviour: BehaviourInput;
}

const REGISTRATION = '/iam/api/client-registration';
const METADATA = '/.well-known';
/** For issuers that let the earlier refresh tokens of a login work on. Seconds. */
const FOR_GOOD_SECONDS = 30 * 24 * 3600;

const keycloakRegistration = '/clients-registrations/openid-connect';
const keycloakCredentials = {
  error: 'unauthorized_client',
  error_description: 'Invalid client or Invalid client credentials',
};
const keycloakRules: readonly Rule[] = [
  {
    endpoint: METADATA,
    omit: 'scim_endpoint',
    add: { registration_endpoint: `$issuer${keycloakRegistration.slice(1)}` },
  },
  { endpoint: keycloakRegistration, path: REGISTRATION },
  { endpoint: '/devicecode', interval: 5 },
  {
    endpoint: '/token',
    add: {
      refresh_expires_in: 0,
      'not-before-policy': 0,
      session_state: '5e5510e5-7a7e-4000-8000-000000000000',
    },
    errors: {
      invalid_token: { status: 400, error: 'invalid_grant', error_description: 'Invalid refresh token' },
      invalid_client: { status: 401, ...keycloakCredentials },
      unauthorized: { status: 401, ...keycloakCredentials },
    },
  },
];
const keycloakSettings = {
  rotation: 'rotate',
  grace: FOR_GOOD_SECONDS,
  denial: 'access_denied',
  pkce: 'required',
  audience: 'ignored',
  refresh_scope: 'login',
  introspection: 'audience',
} as const;

const keycloak: Likeness = {
  profile: 'kc',
  lifetimes: { accessToken: 300 },
  behaviour: { ...keycloakSettings, openid: 'refused', rules: [...keycloakRules] },
};

const egiScopes = [
  'voperson_external_affiliation',
  'orcid',
  'cert_entitlement',
  'voperson_id',
  'ssh_public_key',
  'eduperson_unique_id',
];
const egiCheckin: Likeness = {
  profile: 'kc',
  scopes: egiScopes.map((value) => ({ value, description: `Your ${value}` })),
  behaviour: {
    ...keycloakSettings,
    rules: [
      {
        endpoint: keycloakRegistration,
        refuse: {
          status: 403,
          error: 'insufficient_scope',
          error_description: "Policy 'Trusted Hosts' rejected request: Host not trusted.",
        },
      },
      {
        endpoint: METADATA,
        add: {
          scopes_supported: [
            ...['openid', 'email', 'profile', 'offline_access', 'aarc'],
            ...['eduperson_entitlement', 'eduperson_scoped_affiliation', ...egiScopes],
          ],
        },
      },
      ...keycloakRules,
    ],
  },
};

const notThere = (...endpoints: string[]): Rule[] => endpoints.map((endpoint) => ({ endpoint, status: 404 }));

const entraMetadata: Rule = {
  endpoint: METADATA,
  omit: 'registration_endpoint introspection_endpoint revocation_endpoint scim_endpoint',
  add: { scopes_supported: ['openid', 'profile', 'email', 'offline_access'] },
};
const entraCommon = '/common/v2.0/.well-known/openid-configuration';
/** The members of Entra's errors besides `error` and `error_description`. */
const entraError = (code: number, members: object = {}) => ({
  error_codes: [code],
  error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  ...members,
});
const entra: Likeness = {
  profile: 'iam',
  lifetimes: { accessToken: 3599, deviceCode: 900 },
  behaviour: {
    rotation: 'rotate',
    grace: FOR_GOOD_SECONDS,
    denial: 'access_denied',
    audience: 'ignored',
    rules: [
      entraMetadata,
      {
        ...entraMetadata,
        endpoint: entraCommon,
        path: '/.well-known/openid-configuration',
        add: { ...entraMetadata.add, issuer: '$issuer{tenantid}/v2.0' },
      },
      ...notThere(REGISTRATION, '/introspect', '/revoke'),
      {
        endpoint: '/devicecode',
        interval: 5,
        omit: 'verification_uri_complete',
        add: { message: 'To sign in, use a web browser to open the page and enter the code.' },
      },
      { grant: DEVICE_CODE, errors: { invalid_grant: { error: 'bad_verification_code' } } },
      {
        endpoint: '/token',
        add: { ext_expires_in: 3599 },
        scope_names: { offline_access: '' },
        errors: {
          authorization_pending: entraError(70016),
          access_denied: { error: 'authorization_declined' },
          invalid_token: entraError(70000, { status: 400, error: 'invalid_grant' }),
          invalid_client: entraError(7000215),
          any: {
            timestamp: '2026-01-01 00:00:00Z',
            trace_id: '7ace0000-0000-4000-8000-000000000000',
            correlation_id: 'c0de0000-0000-4000-8000-000000000000',
          },
        },
      },
    ],
  },
};

const google: Likeness = {
  lifetimes: { accessToken: 3599, deviceCode: 1800 },
  // Clients do not get restricted scopes, so jeton-iam refuses a client that requests this one.
  scopes: [{ value: 'offline_access', description: 'Nothing', restricted: true }],
  behaviour: {
    refresh_token: 'always',
    denial: 'access_denied',
    audience: 'ignored',
    access_token: 'opaque',
    rules: [
      {
        endpoint: METADATA,
        omit: 'registration_endpoint introspection_endpoint scim_endpoint',
        add: { scopes_supported: ['openid', 'email', 'profile'] },
      },
      ...notThere(REGISTRATION, '/introspect'),
      {
        endpoint: '/devicecode',
        interval: 5,
        omit: 'verification_uri_complete',
        rename: { verification_uri: 'verification_url' },
      },
      { grant: REFRESH_TOKEN, omit: 'refresh_token' },
      {
        scope_names: {
          email: 'https://www.googleapis.com/auth/userinfo.email',
          profile: 'https://www.googleapis.com/auth/userinfo.profile',
        },
      },
      {
        endpoint: '/token',
        errors: {
          authorization_pending: { status: 428, error_description: 'Precondition Required' },
          slow_down: { status: 403, error_description: 'Forbidden' },
          access_denied: { status: 403, error_description: 'Forbidden' },
          invalid_token: { status: 400, error: 'invalid_grant' },
        },
      },
    ],
  },
};

const oktaRegistration = '/oauth2/v1/clients';
const okta: Likeness = {
  profile: 'iam',
  behaviour: {
    rotation: 'detect-reuse',
    grace: 30,
    denial: 'access_denied',
    audience: 'ignored',
    rules: [
      {
        endpoint: METADATA,
        omit: 'scim_endpoint',
        add: { registration_endpoint: `$issuer${oktaRegistration.slice(1)}` },
      },
      {
        endpoint: oktaRegistration,
        refuse: { status: 403, errorCode: 'E0000005', errorSummary: 'Invalid session', errorCauses: [] },
      },
      { endpoint: '/devicecode', interval: 5 },
      { endpoint: '/token', errors: { invalid_token: { status: 400, error: 'invalid_grant' } } },
    ],
  },
};

const issuers = { keycloak, entra, google, okta, 'egi-checkin': egiCheckin } as const;

/** An issuer that jeton-iam can imitate. */
export type IssuerName = keyof typeof issuers;

export const issuerNames: readonly IssuerName[] = ['keycloak', 'entra', 'google', 'okta', 'egi-checkin'];

/** The options that imitate an issuer. Those in `given` override them. */
export function likenessTo(name: IssuerName, given: Partial<Likeness>): Likeness {
  const { behaviour, scopes = [], lifetimes, profile } = issuers[name];
  const chosen = given.profile ?? profile;
  return {
    ...(chosen && { profile: chosen }),
    scopes: [...scopes, ...(given.scopes ?? [])],
    lifetimes: { ...lifetimes, ...given.lifetimes },
    behaviour: {
      ...behaviour,
      ...given.behaviour,
      rules: [...(given.behaviour?.rules ?? []), ...(behaviour.rules ?? [])],
    },
  };
}
