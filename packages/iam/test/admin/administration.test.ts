import { decodeJwt, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { adminClient, administrator, tokensOf } from '../support/administrator.ts';
import { Browser } from '../support/browser.ts';
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

describe('the administration API', () => {
  it.each([
    '/iam/api/clients',
    '/iam/scope_policies',
    '/iam/api/exchange/policies',
    '/iam/api/access-tokens',
  ])('is for administrators only: %s', async (path) => {
    expect((await iam.fetch(path)).status).toBe(401);
    expect((await iam.fetch(path, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
    expect((await administrator(iam, 'test')(path)).status).toBe(403);
    expect((await admin(path)).status).toBe(200);
  });

  it('reads with iam:admin.read and writes with iam:admin.write', async () => {
    const reader = administrator(iam, 'admin', 'openid iam:admin.read');
    const writer = administrator(iam, 'admin', 'openid iam:admin.write');
    expect((await reader(path('client'))).status).toBe(200);
    expect(await answerOf(await reader(`${path('client')}/secret`, 'POST'))).toEqual([
      403,
      { error: 'insufficient_scope', error_description: 'Insufficient scope for this resource' },
    ]);
    expect((await writer(path('client'))).status).toBe(403);
    expect((await writer(`${path('client')}/enable`, 'PATCH')).status).toBe(200);
  });

  it('takes the login of an administrator, but not from another site', async () => {
    const browser = new Browser(iam);
    await browser.logIn(await browser.open('/login'), 'admin');
    expect((await browser.open('/iam/api/clients')).status).toBe(200);
    const secret = `${path('client')}/rat`;
    const elsewhere = { origin: 'http://localhost:1' };
    expect((await browser.open(secret, { method: 'POST', headers: elsewhere })).status).toBe(401);
    const ours = { origin: new URL(iam.issuer).origin };
    expect((await browser.open(secret, { method: 'POST', headers: ours })).status).toBe(201);
    const other = new Browser(iam);
    await other.logIn(await other.open('/login'), 'test');
    expect((await other.open('/iam/api/clients')).status).toBe(403);
  });
});

describe('the list of clients', () => {
  it('comes in pages, by client id', async () => {
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

  it('can be limited to those that were registered', async () => {
    const { id } = await iam.newDeviceClient();
    const { Resources } = await json(await admin('/iam/api/clients?drOnly=true&count=100'));
    expect(Resources).toEqual([expect.objectContaining({ client_id: id, dynamically_registered: true })]);
  });
});

describe('enabling the password grant', () => {
  it('is to read the client and to write it back with one grant more', async () => {
    const { id, secret } = await iam.newDeviceClient();
    expect((await passwordOf(id, secret)).status).toBe(401);
    const client = await json(await admin(path(id)));
    expect(client).toMatchObject({ allow_introspection: true, access_token_validity_seconds: 3600 });
    const grant_types = ['refresh_token', DEVICE_GRANT, 'password'];
    const [status, changed] = await answerOf(await admin(path(id), 'PUT', { ...client, grant_types }));
    expect([status, changed]).toEqual([200, { ...client, grant_types }]);
    expect((await passwordOf(id, secret)).status).toBe(200);
  });

  it('lasts when its owner changes the client, who cannot enable it', async () => {
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

  it('has no secret when it needs none', async () => {
    const { id } = await iam.newDeviceClient();
    const whole = await json(await admin(path(id)));
    const open = await json(await admin(path(id), 'PUT', { ...whole, token_endpoint_auth_method: 'none' }));
    expect(open).not.toHaveProperty('client_secret');
  });

  it('gives tokens of other lifetimes, and new refresh tokens, as it is told', async () => {
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

  it('is refused when it is no JSON, and not found when there is none', async () => {
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

  it('cannot send people to the consent page', async () => {
    await admin(`${path('client')}/disable`, 'PATCH');
    const browser = new Browser(iam);
    const query = 'response_type=code&client_id=client&redirect_uri=http://localhost:9876/callback';
    const page = await browser.logIn(await browser.open(`/authorize?${query}`));
    expect(page.text).toContain('Client is suspended: client');
    await admin(`${path('client')}/enable`, 'PATCH');
  });
});

describe('secrets and registration tokens', () => {
  it('are replaced, and the old ones end', async () => {
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

describe('owners', () => {
  it('of a client of oidc-agent is the person who approves it first', async () => {
    const client = await iam.newDeviceClient();
    const owners = async () => (await json(await admin(`${path(client.id)}/owners`))).Resources;
    expect(await owners()).toEqual([]);
    await tokensOf(iam, 'test', client);
    await tokensOf(iam, 'admin', client);
    expect(await owners()).toEqual([expect.objectContaining({ id: TEST_USER, userName: 'test' })]);
  });

  it('of other clients an administrator names', async () => {
    const owner = `${path('client')}/owners/${TEST_USER}`;
    expect((await admin(owner, 'POST')).status).toBe(201);
    expect((await json(await admin(`${path('client')}/owners`))).totalResults).toBe(1);
    expect((await admin(owner, 'DELETE')).status).toBe(204);
    expect((await json(await admin(`${path('client')}/owners`))).totalResults).toBe(0);
    expect((await admin(`${path('client')}/owners/nobody`, 'POST')).status).toBe(404);
  });

  it('manage their client by their own token, and nobody else does', async () => {
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

describe('registering as somebody', () => {
  const document = { client_name: 'my client', grant_types: ['client_credentials'] };
  const registerAs = async (user: string, metadata: Json) => {
    const { access_token } = await tokensOf(iam, user, adminClient);
    return iam.fetch('/iam/api/client-registration', {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify(metadata),
    });
  };

  it('gives a client of one’s own, without a registration token, and more grants than to strangers', async () => {
    const [status, client] = await answerOf(await registerAs('test', document));
    expect(status).toBe(201);
    expect(client).not.toHaveProperty('registration_access_token');
    const { Resources } = await json(await admin(`${path(String(client.client_id))}/owners`));
    expect(Resources).toEqual([expect.objectContaining({ id: TEST_USER })]);
  });

  it('gives password and exchange to administrators alone', async () => {
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

  it('can come later, with the registration token', async () => {
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

describe('active tokens', () => {
  it('are listed without their values, and end when an administrator ends them', async () => {
    const client = await iam.newDeviceClient();
    const tokens = await tokensOf(iam, 'test', client);
    const listed = await admin(`/iam/api/access-tokens?clientId=${client.id}`);
    const list = await json(listed);
    expect(list).toMatchObject({
      totalResults: 1,
      Resources: [
        {
          scopes: ['openid', 'offline_access', 'storage.read:/', 'wlcg.groups'],
          client: { clientId: client.id },
          user: { id: TEST_USER, userName: 'test' },
        },
      ],
    });
    expect(JSON.stringify(list)).not.toContain(String(tokens.access_token));
    const [{ id }] = Array.isArray(list.Resources) ? list.Resources : [];
    expect((await admin(`/iam/api/access-tokens/${id}`, 'DELETE')).status).toBe(204);
    expect((await admin(`/iam/api/access-tokens/${id}`, 'DELETE')).status).toBe(404);
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    expect((await iam.fetch('/userinfo', { headers })).status).toBe(401);

    const refreshable = await json(await admin(`/iam/api/refresh-tokens?clientId=${client.id}&userId=test`));
    const [refreshToken] = Array.isArray(refreshable.Resources) ? refreshable.Resources : [];
    expect((await admin(`/iam/api/refresh-tokens/${refreshToken.id}`, 'DELETE')).status).toBe(204);
    const form = { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) };
    expect((await iam.post('/token', form, basic(client.id, client.secret))).status).toBe(401);
  });

  it('of nobody are an empty list', async () => {
    expect(await json(await admin('/iam/api/refresh-tokens?userId=nobody'))).toMatchObject({
      totalResults: 0,
      Resources: [],
    });
  });
});
