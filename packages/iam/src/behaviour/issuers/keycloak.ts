import type { Rule } from '../rules.ts';
import { FOR_GOOD_SECONDS, type Likeness, METADATA, REGISTRATION } from './likeness.ts';

export const keycloakRegistration = '/clients-registrations/openid-connect';
const keycloakCredentials = {
  error: 'unauthorized_client',
  error_description: 'Invalid client or Invalid client credentials',
};
export const keycloakRules: readonly Rule[] = [
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
export const keycloakSettings = {
  rotation: 'rotate',
  grace: FOR_GOOD_SECONDS,
  denial: 'access_denied',
  pkce: 'required',
  audience: 'ignored',
  refresh_scope: 'login',
  introspection: 'audience',
} as const;

export const keycloak: Likeness = {
  profile: 'kc',
  lifetimes: { accessToken: 300 },
  behaviour: { ...keycloakSettings, openid: 'refused', rules: [...keycloakRules] },
};
