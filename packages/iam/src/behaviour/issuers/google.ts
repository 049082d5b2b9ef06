import { REFRESH_TOKEN } from '../../grants/names.ts';
import { type Likeness, METADATA, notThere, REGISTRATION } from './likeness.ts';

export const google: Likeness = {
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
