import type { Client } from '../../clients/clients.ts';
import type { Iam } from '../../iam.ts';

/** The path for registrations, below the issuer. */
export const REGISTRATION_PATH = 'iam/api/client-registration';

/** The path for registrations before IAM 1.8. */
export const LEGACY_REGISTRATION_PATH = 'register';

/**
 * The answer about a client before IAM 1.8: the members of RFC 7591 section 3.2.1, and no booleans, which oidc-agent 4 cannot read.
 */
export function legacyRegistrationView(
  iam: Pick<Iam, 'issuer'>,
  client: Client,
  token?: string | undefined,
): Record<string, unknown> {
  return {
    client_id: client.client_id,
    client_secret: client.client_secret,
    client_secret_expires_at: 0,
    client_id_issued_at: Math.floor(client.created_at / 1000),
    registration_access_token: token,
    registration_client_uri: `${iam.issuer}${LEGACY_REGISTRATION_PATH}/${client.client_id}`,
    redirect_uris: client.redirect_uris,
    client_name: client.client_name,
    client_uri: client.client_uri,
    contacts: client.contacts,
    tos_uri: client.tos_uri,
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    scope: client.scope,
    grant_types: client.grant_types,
    response_types: client.response_types,
    policy_uri: client.policy_uri,
    jwks_uri: client.jwks_uri,
    application_type: 'web',
  };
}

/**
 * The answer about a client for its owner, with the registration token if there is one. As in IAM, it lacks empty lists and names, but
 * has `"scope": null` for a client without scopes.
 */
export function registrationView(
  iam: Pick<Iam, 'issuer'>,
  client: Client,
  token?: string | undefined,
): Record<string, unknown> {
  return {
    client_id: client.client_id,
    client_secret: client.client_secret,
    client_name: client.client_name || undefined,
    client_description: client.client_description,
    redirect_uris: orAbsent(client.redirect_uris),
    client_uri: client.client_uri,
    tos_uri: client.tos_uri,
    contacts: client.contacts,
    grant_types: orAbsent(client.grant_types),
    response_types: client.response_types,
    policy_uri: client.policy_uri,
    jwks_uri: client.jwks_uri,
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    scope: client.scope || null,
    reuse_refresh_token: client.reuse_refresh_token,
    dynamically_registered: client.dynamically_registered,
    clear_access_tokens_on_refresh: client.clear_access_tokens_on_refresh,
    require_auth_time: client.require_auth_time,
    active: client.active,
    registration_access_token: token,
    registration_client_uri: `${iam.issuer}${REGISTRATION_PATH}/${client.client_id}`,
    created_at: client.created_at,
    jwk: client.jwk,
    code_challenge_method: client.code_challenge_method,
    default_max_age: client.default_max_age,
  };
}

function orAbsent(list: readonly string[]): readonly string[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** The answer about a client for administrators. */
export function managementView(
  iam: Pick<Iam, 'issuer' | 'lifetimes'>,
  client: Client,
  token?: string | undefined,
): Record<string, unknown> {
  return {
    ...registrationView(iam, client, token),
    allow_introspection: client.allow_introspection,
    access_token_validity_seconds: client.access_token_validity_seconds ?? iam.lifetimes.accessToken,
    refresh_token_validity_seconds: client.refresh_token_validity_seconds ?? iam.lifetimes.refreshToken,
    id_token_validity_seconds: client.id_token_validity_seconds ?? iam.lifetimes.idToken,
    device_code_validity_seconds: client.device_code_validity_seconds ?? iam.lifetimes.deviceCode,
  };
}
