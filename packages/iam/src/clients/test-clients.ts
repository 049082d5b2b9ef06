import {
  AUTHORIZATION_CODE,
  CLIENT_CREDENTIALS,
  DEVICE_CODE,
  PASSWORD,
  REFRESH_TOKEN,
  TOKEN_EXCHANGE,
} from '../grants/names.ts';
import { type Client, defaultSettings } from './clients.ts';

/** The clients of a new instance, named as in IAM's test data. */
export function testClients(scopes: readonly string[]): Client[] {
  const scope = scopes.join(' ');
  const common = {
    ...defaultSettings,
    redirect_uris: [],
    scope,
    dynamically_registered: false,
    created_at: 0,
    owners: [],
  } as const;
  return [
    {
      ...common,
      client_id: 'device-code-client',
      client_secret: 'secret',
      client_name: 'Device code client',
      grant_types: [DEVICE_CODE, REFRESH_TOKEN],
      token_endpoint_auth_method: 'client_secret_basic',
    },
    {
      ...common,
      client_id: 'public-dc-client',
      client_name: 'Public device code client',
      grant_types: [DEVICE_CODE, REFRESH_TOKEN],
      token_endpoint_auth_method: 'none',
    },
    {
      ...common,
      client_id: 'client-cred',
      client_secret: 'secret',
      client_name: 'Client credentials',
      grant_types: [CLIENT_CREDENTIALS],
      token_endpoint_auth_method: 'client_secret_basic',
    },
    {
      ...common,
      client_id: 'client',
      client_secret: 'secret',
      client_name: 'Test client',
      redirect_uris: ['http://localhost:9876/callback'],
      grant_types: [AUTHORIZATION_CODE, REFRESH_TOKEN],
      token_endpoint_auth_method: 'client_secret_basic',
    },
    {
      ...common,
      client_id: 'password-grant',
      client_secret: 'secret',
      client_name: 'Password grant client',
      grant_types: [PASSWORD, REFRESH_TOKEN],
      token_endpoint_auth_method: 'client_secret_basic',
    },
    {
      ...common,
      client_id: 'token-exchange-actor',
      client_secret: 'secret',
      client_name: 'Token exchange actor',
      grant_types: [CLIENT_CREDENTIALS, TOKEN_EXCHANGE, REFRESH_TOKEN],
      token_endpoint_auth_method: 'client_secret_basic',
    },
    {
      ...common,
      client_id: 'admin-client-rw',
      client_secret: 'secret',
      client_name: 'Administration client',
      scope: 'openid profile offline_access iam:admin.read iam:admin.write',
      grant_types: [DEVICE_CODE, REFRESH_TOKEN],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ];
}
