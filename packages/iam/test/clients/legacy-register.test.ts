import { describe, expect, it } from 'vitest';
import { DEVICE_GRANT, deviceTokens, json, testIam } from '../support/test-iam.ts';

const iam = testIam({ legacyRegister: true, autoApprove: 'test' });

describe('registration as before IAM 1.8', () => {
  it('is in discovery, and answers without booleans', async () => {
    const { registration_endpoint } = await json(await iam.fetch('/.well-known/openid-configuration'));
    expect(registration_endpoint).toBe(`${iam.issuer}register`);
    const body = JSON.stringify({
      client_name: 'oidc-agent:old',
      grant_types: ['refresh_token', DEVICE_GRANT],
      redirect_uris: ['http://localhost:4242'],
      scope: 'openid offline_access',
    });
    const type = { 'content-type': 'application/json' };
    const response = await iam.fetch('/register', { method: 'POST', headers: type, body });
    const client = await json(response);
    expect(response.status).toBe(201);
    expect(client).toMatchObject({
      client_id_issued_at: expect.any(Number),
      client_secret_expires_at: 0,
      application_type: 'web',
      registration_client_uri: `${iam.issuer}register/${client.client_id}`,
    });
    expect(Object.values(client).filter((value) => typeof value === 'boolean')).toEqual([]);

    const credentials = { id: String(client.client_id), secret: String(client.client_secret) };
    expect(await deviceTokens(iam, credentials)).toHaveProperty('refresh_token');
    const headers = { authorization: `Bearer ${client.registration_access_token}` };
    const uri = String(client.registration_client_uri);
    expect(await json(await iam.fetch(uri, { headers }))).toEqual(client);
    expect((await iam.fetch(uri, { method: 'DELETE', headers })).status).toBe(204);
    expect((await iam.fetch(uri, { headers })).status).toBe(401);
  });
});
