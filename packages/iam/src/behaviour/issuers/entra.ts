import { DEVICE_CODE } from '../../grants/names.ts';
import type { Rule } from '../rules.ts';
import { FOR_GOOD_SECONDS, type Likeness, METADATA, notThere, REGISTRATION } from './likeness.ts';

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
export const entra: Likeness = {
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
