import type { Context } from 'koa';
import { authenticationMethods } from '../clients/clients.ts';
import { knownGrants } from '../grants/names.ts';
import type { Iam } from '../iam.ts';
import { LEGACY_REGISTRATION_PATH, REGISTRATION_PATH } from './registration/client-view.ts';

const signingAlgorithms = ['HS', 'RS', 'ES', 'PS'].flatMap((family) =>
  ['256', '384', '512'].map((n) => family + n),
);
const encryptionAlgorithms = ['RSA1_5', 'RSA-OAEP', 'RSA-OAEP-256', 'RSA-OAEP-384', 'RSA-OAEP-512'];
const encryptionMethods = [
  'A128CBC-HS256',
  'A192CBC-HS384',
  'A256CBC-HS512',
  'A128GCM',
  'A192GCM',
  'A256GCM',
  'A128CBC+HS256',
  'A256CBC+HS512',
  'XC20P',
];

/** The discovery document (OpenID Connect Discovery section 3), with IAM's members and values. */
export function discoveryDocument({
  issuer,
  scopes,
  legacyRegister,
}: Pick<Iam, 'issuer' | 'legacyRegister' | 'scopes'>): Record<string, unknown> {
  return {
    request_parameter_supported: true,
    claims_parameter_supported: true,
    introspection_endpoint: `${issuer}introspect`,
    scopes_supported: scopes.offered,
    issuer,
    userinfo_encryption_enc_values_supported: encryptionMethods,
    id_token_encryption_enc_values_supported: encryptionMethods,
    request_object_encryption_enc_values_supported: encryptionMethods,
    authorization_endpoint: `${issuer}authorize`,
    device_authorization_endpoint: `${issuer}devicecode`,
    scim_endpoint: `${issuer}scim`,
    claims_supported: [
      'sub',
      'name',
      'preferred_username',
      'given_name',
      'family_name',
      'middle_name',
      'nickname',
      'profile',
      'picture',
      'zoneinfo',
      'locale',
      'updated_at',
      'email',
      'email_verified',
      'organisation_name',
      'groups',
      'wlcg.groups',
      'external_authn',
    ],
    op_policy_uri: `${issuer}about`,
    op_tos_uri: `${issuer}about`,
    token_endpoint: `${issuer}token`,
    jwks_uri: `${issuer}jwk`,
    userinfo_endpoint: `${issuer}userinfo`,
    registration_endpoint: `${issuer}${legacyRegister ? LEGACY_REGISTRATION_PATH : REGISTRATION_PATH}`,
    revocation_endpoint: `${issuer}revoke`,
    response_types_supported: ['code', 'token'],
    grant_types_supported: knownGrants,
    subject_types_supported: ['public', 'pairwise'],
    token_endpoint_auth_methods_supported: authenticationMethods,
    token_endpoint_auth_signing_alg_values_supported: signingAlgorithms,
    userinfo_signing_alg_values_supported: signingAlgorithms,
    request_object_signing_alg_values_supported: signingAlgorithms,
    id_token_signing_alg_values_supported: [...signingAlgorithms, 'none'],
    userinfo_encryption_alg_values_supported: encryptionAlgorithms,
    id_token_encryption_alg_values_supported: encryptionAlgorithms,
    request_object_encryption_alg_values_supported: encryptionAlgorithms,
    claim_types_supported: ['normal'],
    request_uri_parameter_supported: false,
    require_request_uri_registration: false,
    code_challenge_methods_supported: ['plain', 'S256'],
  };
}

export function discoveryEndpoint(iam: Pick<Iam, 'issuer' | 'legacyRegister' | 'scopes'>) {
  const document = discoveryDocument(iam);
  return (ctx: Context) => {
    ctx.body = document;
  };
}

/** The public key, as a JWK set (RFC 7517 section 5). */
export function keysEndpoint(iam: Pick<Iam, 'key'>) {
  return (ctx: Context) => {
    ctx.set('Cache-Control', 'max-age=21600, must-revalidate, no-transform');
    ctx.body = { keys: [iam.key.publicJwk] };
  };
}
