/** A client library that knows nothing of IAM gets along with jeton-iam. */
import {
  allowInsecureRequests,
  type CustomFetch,
  customFetch,
  discovery,
  dynamicClientRegistration,
  fetchUserInfo,
  initiateDeviceAuthorization,
  None,
  pollDeviceAuthorizationGrant,
  refreshTokenGrant,
  tokenRevocation,
} from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';

/** IAM leaves out a member that RFC 7591 requires beside a secret, and that the library insists on: 0, it never expires. */
const withSecretExpiry: CustomFetch = async (url, options) => {
  const response = await fetch(url, {
    ...options,
    body: options.body ?? null,
    signal: options.signal ?? null,
  });
  if (response.status !== 201) return response;
  const client = Object.assign({}, await response.json(), { client_secret_expires_at: 0 });
  return new Response(JSON.stringify(client), {
    status: 201,
    headers: { 'content-type': 'application/json' },
  });
};

describe('openid-client against jeton-iam', () => {
  const sandbox = new Sandbox();
  let iam: RunningIam;

  beforeAll(async () => {
    iam = await startIam(sandbox);
  });
  afterAll(() => sandbox.close());

  const metadata = {
    client_name: 'openid-client',
    redirect_uris: ['http://127.0.0.1/callback'],
    grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    response_types: [],
    scope: 'openid profile offline_access storage.read:/',
  };
  const insecure = { execute: [allowInsecureRequests] };

  it('registers, logs in with a device, refreshes and revokes', async () => {
    const client = await dynamicClientRegistration(new URL(iam.issuer), metadata, undefined, {
      ...insecure,
      [customFetch]: withSecretExpiry,
    });
    expect(client.serverMetadata().issuer).toBe(iam.issuer);
    expect(client.clientMetadata().client_id).toMatch(/^[0-9a-f-]{36}$/);

    const device = await initiateDeviceAuthorization(client, { scope: metadata.scope });
    const tokens = await pollDeviceAuthorizationGrant(client, device);
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: metadata.scope });
    expect(tokens.claims()).toMatchObject({ iss: iam.issuer, sub: expect.any(String) });
    const { refresh_token = '', access_token } = tokens;
    const subject = tokens.claims()?.sub ?? '';
    expect(await fetchUserInfo(client, access_token, subject)).toMatchObject({
      sub: subject,
      name: 'Test User',
    });

    const narrower = await refreshTokenGrant(client, refresh_token, { scope: 'storage.read:/home' });
    expect(narrower.scope).toBe('storage.read:/home');

    // The library names the client in the form. IAM revokes the token then, and answers with a redirect to its start page.
    const revocation = tokenRevocation(client, refresh_token, { token_type_hint: 'refresh_token' });
    await expect(revocation).rejects.toMatchObject({ cause: { status: 302 } });
    await expect(refreshTokenGrant(client, refresh_token)).rejects.toMatchObject({ status: 401 });
  });

  it('is a public client', async () => {
    const client = await discovery(new URL(iam.issuer), 'public-dc-client', undefined, None(), insecure);
    const device = await initiateDeviceAuthorization(client, { scope: 'openid' });
    const tokens = await pollDeviceAuthorizationGrant(client, device);
    expect(tokens.access_token).not.toBe('');
  });
});
