import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { administrator, tokensOf } from '../support/administrator.ts';
import { Browser } from '../support/browser.ts';
import { answerOf, basic, DEVICE_GRANT, json, testIam } from '../support/test-iam.ts';

const iam = testIam();
const admin = administrator(iam);
const path = (id: string) => `/iam/api/clients/${id}`;

describe('a disabled client', () => {
  it('gets no tokens until it is enabled', async () => {
    const client = await iam.newDeviceClient();
    const tokens = await tokensOf(iam, 'test', client);
    const refresh = () =>
      iam.post(
        '/token',
        { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) },
        basic(client.id, client.secret),
      );
    const suspended = [
      401,
      { error: 'invalid_client', error_description: `Client is suspended: ${client.id}` },
    ];
    expect((await admin(`${path(client.id)}/disable`, 'PATCH')).status).toBe(200);
    expect(await answerOf(await refresh())).toEqual(suspended);
    expect(await answerOf(await iam.post('/devicecode', { client_id: client.id }))).toEqual(suspended);
    const own = await iam.fetch(`/iam/api/client-registration/${client.id}`, {
      headers: { authorization: `Bearer ${Reflect.get(client, 'registration_access_token')}` },
    });
    expect(await answerOf(own)).toMatchObject([200, { active: false }]);
    expect((await admin(`${path(client.id)}/enable`, 'PATCH')).status).toBe(200);
    expect((await refresh()).status).toBe(200);
  });

  it('gets no tokens with a signed assertion either', async () => {
    const registered = await iam.register({
      client_name: 'signing client',
      grant_types: [DEVICE_GRANT],
      token_endpoint_auth_method: 'client_secret_jwt',
    });
    const { client_id, client_secret } = await json(registered);
    const id = String(client_id);
    const { device_code } = await json(await iam.post('/devicecode', { client_id: id }));
    await admin(`${path(id)}/disable`, 'PATCH');
    const assertion = await new SignJWT({ jti: 'once' })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(id)
      .setSubject(id)
      .setAudience(`${iam.issuer}token`)
      .setExpirationTime('1m')
      .sign(new TextEncoder().encode(String(client_secret)));
    const poll = {
      grant_type: DEVICE_GRANT,
      device_code: String(device_code),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    };
    expect(await answerOf(await iam.post('/token', poll))).toEqual([
      401,
      { error: 'invalid_client', error_description: `Client is suspended: ${id}` },
    ]);
  });

  it('cannot send users to the consent page', async () => {
    await admin(`${path('client')}/disable`, 'PATCH');
    const browser = new Browser(iam);
    const query = 'response_type=code&client_id=client&redirect_uri=http://localhost:9876/callback';
    const page = await browser.logIn(await browser.open(`/authorize?${query}`));
    expect(page.text).toContain('Client is suspended: client');
    await admin(`${path('client')}/enable`, 'PATCH');
  });
});
