import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { administrator, tokensOf } from '../support/administrator.ts';
import { answerOf, basic, DEVICE_GRANT, type Json, json, testIam } from '../support/test-iam.ts';

const iam = testIam();
const admin = administrator(iam);
const TEST_USER = '80e5fb8d-b7c8-451a-89ba-346ae278a66f';
const path = (id: string) => `/iam/api/clients/${id}`;
const passwordOf = (id: string, secret: string) =>
  iam.post(
    '/token',
    { grant_type: 'password', username: 'test', password: 'password', scope: 'openid' },
    basic(id, secret),
  );

describe('the list of clients', () => {
  it('has pages, sorted by client id', async () => {
    const all = await json(await admin('/iam/api/clients?count=100'));
    expect(all).toMatchObject({ startIndex: 1, itemsPerPage: all.totalResults });
    const page = await json(await admin('/iam/api/clients?count=2&startIndex=2'));
    expect(page).toMatchObject({ totalResults: all.totalResults, itemsPerPage: 2, startIndex: 2 });
    const idsOf = ({ Resources }: Json) =>
      (Array.isArray(Resources) ? Resources : []).map(({ client_id }) => client_id);
    expect(idsOf(page)).toEqual(idsOf(all).slice(1, 3));
    expect(idsOf(all)).toEqual([...idsOf(all)].sort());
    expect((await admin('/iam/api/clients?count=x')).status).toBe(400);
  });

  it('can be limited to clients that registered themselves', async () => {
    const { id } = await iam.newDeviceClient();
    const { Resources } = await json(await admin('/iam/api/clients?drOnly=true&count=100'));
    expect(Resources).toEqual([expect.objectContaining({ client_id: id, dynamically_registered: true })]);
  });
});

describe('enabling the password grant', () => {
  it('works by reading the client and writing it back with one more grant', async () => {
    const { id, secret } = await iam.newDeviceClient();
    expect((await passwordOf(id, secret)).status).toBe(401);
    const client = await json(await admin(path(id)));
    expect(client).toMatchObject({ allow_introspection: true, access_token_validity_seconds: 3600 });
    const grant_types = ['refresh_token', DEVICE_GRANT, 'password'];
    const [status, changed] = await answerOf(await admin(path(id), 'PUT', { ...client, grant_types }));
    expect([status, changed]).toEqual([200, { ...client, grant_types }]);
    expect((await passwordOf(id, secret)).status).toBe(200);
  });

  it('remains when the owner, who cannot enable it, changes the client', async () => {
    const client = await iam.newDeviceClient();
    const headers = {
      authorization: `Bearer ${Reflect.get(client, 'registration_access_token')}`,
      'content-type': 'application/json',
    };
    const mine = `/iam/api/client-registration/${client.id}`;
    const put = async (grant_types: string[]) => {
      const body = JSON.stringify({ client_name: 'changed', grant_types, scope: 'openid' });
      return iam.fetch(mine, { method: 'PUT', headers, body });
    };
    expect((await put([DEVICE_GRANT, 'password'])).status).toBe(400);
    const whole = await json(await admin(path(client.id)));
    await admin(path(client.id), 'PUT', { ...whole, grant_types: [DEVICE_GRANT, 'password'] });
    expect((await put([DEVICE_GRANT, 'password'])).status).toBe(200);
    expect((await passwordOf(client.id, client.secret)).status).toBe(200);
  });
});

describe('a client that an administrator writes', () => {
  it('loses the switches and lifetimes that the document leaves out', async () => {
    const { id } = await iam.newDeviceClient();
    const whole = await json(await admin(path(id)));
    await admin(path(id), 'PUT', { ...whole, access_token_validity_seconds: 60 });
    expect((await json(await admin(path(id)))).access_token_validity_seconds).toBe(60);
    const few = { client_name: 'few members', grant_types: [DEVICE_GRANT] };
    expect(await json(await admin(path(id), 'PUT', few))).toMatchObject({
      client_secret: whole.client_secret,
      reuse_refresh_token: false,
      allow_introspection: false,
      clear_access_tokens_on_refresh: false,
      access_token_validity_seconds: 3600,
      active: true,
    });
  });

  it('may have restricted scopes, an id and a secret', async () => {
    const document = {
      client_id: 'my-service',
      client_secret: 'my-secret',
      client_name: 'My service',
      grant_types: ['client_credentials'],
      scope: 'scim:read',
      allow_introspection: true,
    };
    const [status, created] = await answerOf(await admin('/iam/api/clients', 'POST', document));
    expect([status, created]).toMatchObject([201, document]);
    const form = { grant_type: 'client_credentials' };
    const tokens = await json(await iam.post('/token', form, basic('my-service', 'my-secret')));
    expect(tokens.scope).toBe('scim:read');
    expect((await admin('/iam/api/clients', 'POST', document)).status).toBe(400);
    expect((await admin(path('my-service'), 'DELETE')).status).toBe(204);
    expect((await admin(path('my-service'))).status).toBe(404);
  });

  it('has no secret if it needs none', async () => {
    const { id } = await iam.newDeviceClient();
    const whole = await json(await admin(path(id)));
    const open = await json(await admin(path(id), 'PUT', { ...whole, token_endpoint_auth_method: 'none' }));
    expect(open).not.toHaveProperty('client_secret');
  });

  it('gets the lifetimes and the new refresh tokens that its settings ask for', async () => {
    const client = await iam.newDeviceClient();
    const whole = await json(await admin(path(client.id)));
    await admin(path(client.id), 'PUT', {
      ...whole,
      reuse_refresh_token: false,
      clear_access_tokens_on_refresh: false,
      require_auth_time: true,
      access_token_validity_seconds: 60,
      refresh_token_validity_seconds: 120,
      device_code_validity_seconds: 30,
    });
    const device = await json(await iam.post('/devicecode', { client_id: client.id }));
    expect(device.expires_in).toBe(30);
    const tokens = await tokensOf(iam, 'test', client);
    expect(Number(tokens.expires_in)).toBeLessThanOrEqual(60);
    const [, claims = ''] = String(tokens.refresh_token).split('.');
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString());
    expect(exp - Number(decodeJwt(String(tokens.access_token)).iat)).toBe(120);
    const refresh = () =>
      iam.post(
        '/token',
        { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) },
        basic(client.id, client.secret),
      );
    const second = await json(await refresh());
    expect(second.refresh_token).not.toBe(tokens.refresh_token);
    expect((await refresh()).status).toBe(401);
    const userinfo = await iam.fetch('/userinfo', {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(userinfo.status).toBe(200);
  });

  it.each<[string, Json]>([
    [
      'updateClient.client.clientName: Invalid length: must be between 4 and 256 characters',
      { client_name: '' },
    ],
    ['reuse_refresh_token must be true or false', { reuse_refresh_token: 'yes' }],
    ['access_token_validity_seconds is negative', { access_token_validity_seconds: -1 }],
    ['updateClient.client.clientSecret: size must be between 4 and 512', { client_secret: 'abc' }],
  ])('is refused: %s', async (error, wrong) => {
    const whole = await json(await admin(path('client')));
    expect(await answerOf(await admin(path('client'), 'PUT', { ...whole, ...wrong }))).toEqual([
      400,
      { error },
    ]);
  });

  it('gives 400 if it is not JSON, and 404 if the client does not exist', async () => {
    expect((await admin(path('client'), 'PUT', '{')).status).toBe(400);
    expect((await admin(path('client'), 'PUT', '[]')).status).toBe(400);
    for (const [method, rest] of [
      ['GET', ''],
      ['PUT', ''],
      ['DELETE', ''],
      ['PATCH', '/enable'],
      ['POST', '/secret'],
      ['POST', '/rat'],
      ['GET', '/owners'],
      ['POST', `/owners/${TEST_USER}`],
    ] as const) {
      const body = method === 'PUT' ? {} : undefined;
      expect(await answerOf(await admin(`${path('nobody')}${rest}`, method, body))).toEqual([
        404,
        { error: 'Client not found for clientId: nobody' },
      ]);
    }
  });
});

describe('secrets and registration tokens', () => {
  it('can be replaced, and the old ones stop working', async () => {
    const client = await iam.newDeviceClient();
    const mine = (token: unknown) =>
      iam.fetch(`/iam/api/client-registration/${client.id}`, {
        headers: { authorization: `Bearer ${token}` },
      });
    const [status, changed] = await answerOf(await admin(`${path(client.id)}/secret`, 'POST'));
    expect([status, changed.client_secret === client.secret]).toEqual([201, false]);
    const revoke = (secret: unknown) => iam.post('/revoke', { token: 'x' }, basic(client.id, String(secret)));
    expect((await revoke(client.secret)).status).toBe(401);
    expect((await revoke(changed.client_secret)).status).toBe(200);
    const { registration_access_token } = await json(await admin(`${path(client.id)}/rat`, 'POST'));
    expect((await mine(registration_access_token)).status).toBe(200);
    expect((await mine(Reflect.get(client, 'registration_access_token'))).status).toBe(401);
  });
});
