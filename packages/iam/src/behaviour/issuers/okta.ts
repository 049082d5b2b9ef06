import { type Likeness, METADATA } from './likeness.ts';

const oktaRegistration = '/oauth2/v1/clients';
export const okta: Likeness = {
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
