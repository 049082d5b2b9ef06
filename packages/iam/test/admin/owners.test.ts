import { describe, expect, it } from 'vitest';
import { adminClient, administrator, tokensOf } from '../support/administrator.ts';
import { answerOf, type Json, json, testIam } from '../support/test-iam.ts';

const iam = testIam();
const admin = administrator(iam);
const TEST_USER = '80e5fb8d-b7c8-451a-89ba-346ae278a66f';
const path = (id: string) => `/iam/api/clients/${id}`;

describe('owners', () => {
  it('of a client of oidc-agent is the first user who approves it', async () => {
    const client = await iam.newDeviceClient();
    const owners = async () => (await json(await admin(`${path(client.id)}/owners`))).Resources;
    expect(await owners()).toEqual([]);
    await tokensOf(iam, 'test', client);
    await tokensOf(iam, 'admin', client);
    expect(await owners()).toEqual([expect.objectContaining({ id: TEST_USER, userName: 'test' })]);
  });

  it('of other clients are chosen by an administrator', async () => {
    const owner = `${path('client')}/owners/${TEST_USER}`;
    expect((await admin(owner, 'POST')).status).toBe(201);
    expect((await json(await admin(`${path('client')}/owners`))).totalResults).toBe(1);
    expect((await admin(owner, 'DELETE')).status).toBe(204);
    expect((await json(await admin(`${path('client')}/owners`))).totalResults).toBe(0);
    expect((await admin(`${path('client')}/owners/nobody`, 'POST')).status).toBe(404);
  });

  it('manage their client with their own token, and no other user can', async () => {
    const client = await iam.newDeviceClient();
    const { access_token } = await tokensOf(iam, 'test', client);
    const mine = (token: unknown, method = 'GET') =>
      iam.fetch(`/iam/api/client-registration/${client.id}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
      });
    const [status, view] = await answerOf(await mine(access_token));
    expect([status, view.client_id]).toEqual([200, client.id]);
    expect(view).not.toHaveProperty('registration_access_token');
    const other = await iam.newDeviceClient();
    await tokensOf(iam, 'admin', other);
    const stranger = await iam.fetch(`/iam/api/client-registration/${other.id}`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(await answerOf(stranger)).toEqual([404, { error: `Client not found for clientId: ${other.id}` }]);
    expect((await mine(access_token, 'DELETE')).status).toBe(204);
  });
});

describe('registration by a logged-in user', () => {
  const document = { client_name: 'my client', grant_types: ['client_credentials'] };
  const registerAs = async (user: string, metadata: Json) => {
    const { access_token } = await tokensOf(iam, user, adminClient);
    return iam.fetch('/iam/api/client-registration', {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify(metadata),
    });
  };

  it('makes the user its owner, gives no registration token, and allows more grants than without a login', async () => {
    const [status, client] = await answerOf(await registerAs('test', document));
    expect(status).toBe(201);
    expect(client).not.toHaveProperty('registration_access_token');
    const { Resources } = await json(await admin(`${path(String(client.client_id))}/owners`));
    expect(Resources).toEqual([expect.objectContaining({ id: TEST_USER })]);
  });

  it('allows password and token exchange to administrators only', async () => {
    for (const grant of ['password', 'urn:ietf:params:oauth:grant-type:token-exchange']) {
      const metadata = { ...document, grant_types: [grant], scope: 'openid scim:read' };
      expect(await answerOf(await registerAs('test', metadata))).toEqual([
        400,
        { error: `Grant type not allowed: ${grant}` },
      ]);
      const [status, client] = await answerOf(await registerAs('admin', metadata));
      expect([status, client.scope]).toEqual([201, 'openid scim:read']);
    }
  });

  it('can follow later, with the registration token', async () => {
    const client = await iam.newDeviceClient();
    const { access_token } = await tokensOf(iam, 'test', adminClient);
    const redeem = (body: unknown, headers: Record<string, string>) =>
      iam.fetch(`/iam/api/client-registration/${client.id}/redeem`, {
        method: 'POST',
        headers,
        body: String(body),
      });
    const token = Reflect.get(client, 'registration_access_token');
    const asTest = { authorization: `Bearer ${access_token}` };
    expect(await answerOf(await redeem(token, {}))).toEqual([400, { error: 'No authenticated user found' }]);
    expect((await redeem('wrong', asTest)).status).toBe(400);
    expect((await redeem(token, asTest)).status).toBe(200);
    expect((await json(await admin(`${path(client.id)}/owners`))).totalResults).toBe(1);
  });
});
