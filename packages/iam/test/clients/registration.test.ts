import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  answerOf,
  basic,
  DEVICE_GRANT,
  deviceTokens,
  type Json,
  json,
  testIam,
} from '../support/test-iam.ts';

const iam = testIam({ autoApprove: 'test' });

/** The registration of oidc-agent 4.2.6 for the device flow. */
const oidcAgent = {
  application_type: 'web',
  client_name: 'oidc-agent:wlcg-host',
  response_types: ['token'],
  grant_types: ['refresh_token', DEVICE_GRANT],
  scope: 'openid offline_access storage.read:/ wlcg.groups',
  redirect_uris: ['http://localhost:4242', 'http://localhost:8080', 'edu.kit.data.oidc-agent:/redirect'],
};

const manage = (client: Json, method = 'GET', token = client.registration_access_token, body?: Json) =>
  iam.fetch(String(client.registration_client_uri), {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

describe('registering', () => {
  it('gives oidc-agent its client, with exactly the members of IAM', async () => {
    const [status, client] = await answerOf(await iam.register(oidcAgent));
    expect(status).toBe(201);
    const id = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(client).toEqual({
      client_id: id,
      client_secret: expect.stringMatching(/^[\w-]{86}$/),
      client_name: 'oidc-agent:wlcg-host',
      redirect_uris: oidcAgent.redirect_uris,
      grant_types: oidcAgent.grant_types,
      response_types: ['token'],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: oidcAgent.scope,
      reuse_refresh_token: true,
      dynamically_registered: true,
      clear_access_tokens_on_refresh: true,
      require_auth_time: false,
      active: true,
      registration_access_token: expect.any(String),
      registration_client_uri: `${iam.issuer}iam/api/client-registration/${client.client_id}`,
      created_at: expect.any(Number),
    });
    expect(Object.keys(decodeJwt(String(client.registration_access_token))).sort()).toEqual([
      'aud',
      'iat',
      'iss',
      'jti',
    ]);
  });

  it('gives the code grant and the default scopes by default', async () => {
    const client = await json(
      await iam.register({ client_name: 'plain', redirect_uris: ['http://localhost:1/'] }),
    );
    expect(client).toMatchObject({
      grant_types: ['authorization_code'],
      scope: 'openid profile email address phone',
    });
  });

  it('adds the refresh grant for offline_access', async () => {
    const client = await json(
      await iam.register({
        client_name: 'device',
        grant_types: [DEVICE_GRANT],
        scope: 'openid offline_access',
      }),
    );
    expect(client.grant_types).toEqual([DEVICE_GRANT, 'refresh_token']);
  });

  it('drops restricted and reserved scopes without an error, and keeps custom ones', async () => {
    const scope =
      'openid scim:read iam:admin.write registration-token resource-token my.scope storage.read:/a ';
    const client = await json(await iam.register({ ...oidcAgent, scope }));
    expect(client.scope).toBe('openid my.scope storage.read:/a');
  });

  it('gives no secret to public clients and to those with keys', async () => {
    const jwk = JSON.stringify({ keys: [{ kty: 'RSA', n: 'AQAB', e: 'AQAB' }] });
    for (const method of [
      { token_endpoint_auth_method: 'none' },
      { token_endpoint_auth_method: 'private_key_jwt', jwk },
    ]) {
      const client = await json(await iam.register({ ...oidcAgent, ...method }));
      expect(client).toMatchObject(method);
      expect(client).not.toHaveProperty('client_secret');
    }
  });

  it.each<[string, Json]>([
    ['Grant type not allowed: password', { grant_types: ['password'] }],
    ['Grant type not allowed: client_credentials', { grant_types: ['client_credentials'] }],
    [
      'Grant type not allowed: urn:ietf:params:oauth:grant-type:token-exchange',
      { grant_types: [DEVICE_GRANT, 'urn:ietf:params:oauth:grant-type:token-exchange'] },
    ],
    ['Missing required "keys" member', { jwk: '{"kty":"RSA"}' }],
    ['Invalid JSON', { jwk: '{' }],
  ])('refuses: %s', async (error, metadata) => {
    expect(await answerOf(await iam.register({ ...oidcAgent, ...metadata }))).toEqual([400, { error }]);
  });

  const ELEMENT = '[].<iterable element>';
  it.each<[string, Json]>([
    ['.clientId: must be null in client registration requests', { client_id: 'mine' }],
    ['.clientSecret: must be null in client registration requests', { client_secret: 'mine' }],
    ['.clientName: Invalid length: must be between 4 and 256 characters', { client_name: 'abc' }],
    ['.clientName: Invalid length: must be between 4 and 256 characters', { client_name: 'a'.repeat(257) }],
    ['.clientName: should not be blank', { client_name: undefined }],
    ['.clientName: should not be blank', { client_name: '     ' }],
    [
      '.clientDescription: Invalid ength: must be at most 1024 characters',
      { client_description: 'a'.repeat(1025) },
    ],
    [
      ': Authorization code requires a valid redirect uri',
      { grant_types: ['authorization_code'], redirect_uris: [] },
    ],
    [`.redirectUris${ELEMENT}: Invalid redirect URI: no scheme set`, { redirect_uris: ['/here'] }],
    [': Invalid redirect URI: contains a fragment', { redirect_uris: ['http://localhost/#a'] }],
    [': Invalid redirect URI: javascript:x is not allowed', { redirect_uris: ['javascript:x'] }],
    [
      '.scope: size must be between 0 and 512',
      { scope: Array.from({ length: 513 }, (_, n) => `s${n}`).join(' ') },
    ],
    [`.scope${ELEMENT}: string size must be between 1 and 2048`, { scope: 'x'.repeat(2049) }],
    ['.clientUri: must be a valid URL', { client_uri: 'javascript:alert(1)' }],
    ['.tosUri: must be a valid URL', { tos_uri: 'data:text/html,<script>alert(1)</script>' }],
    ['.policyUri: must be a valid URL', { policy_uri: '\tjava\nscript:alert(1)' }],
    ['.jwksUri: must be a valid URL', { jwks_uri: 'file:///etc/passwd' }],
    ['.tosUri: must be a valid URL', { tos_uri: '/terms' }],
    ['.tosUri: size must be between 0 and 2048', { tos_uri: `https://a.example/${'a'.repeat(2048)}` }],
    [`.contacts${ELEMENT}: must be a well-formed email address`, { contacts: ['me'] }],
    [
      ': private_key_jwt requires a jwks uri or a jwk value',
      { token_endpoint_auth_method: 'private_key_jwt' },
    ],
    [
      '.codeChallengeMethod: must be either an empty string, none, plain or S256',
      { code_challenge_method: 'S512' },
    ],
  ])('refuses, in the words of IAM: %s', async (reason, metadata) => {
    expect(await answerOf(await iam.register({ ...oidcAgent, ...metadata }))).toEqual([
      400,
      { error: `registerClient.request${reason}` },
    ]);
  });

  it('reports all mistakes at once', async () => {
    const { error } = await json(await iam.register({ ...oidcAgent, client_name: '', scope: 'a  b' }));
    expect(String(error).split(', ').sort()).toEqual(
      [
        '.clientName: Invalid length: must be between 4 and 256 characters',
        '.clientName: should not be blank',
        `.scope${ELEMENT}: must not include blank strings`,
        `.scope${ELEMENT}: string size must be between 1 and 2048`,
      ].map((reason) => `registerClient.request${reason}`),
    );
  });

  it.each<[string, unknown]>([
    ['an unknown grant type', { ...oidcAgent, grant_types: ['magic'] }],
    ['an unknown response type', { ...oidcAgent, response_types: ['id_token'] }],
    ['an unknown authentication method', { ...oidcAgent, token_endpoint_auth_method: 'magic' }],
    ['text for a list', { ...oidcAgent, grant_types: DEVICE_GRANT }],
    ['a list for text', { ...oidcAgent, client_name: ['name'] }],
    ['a list', []],
    ['null', null],
    ['text', 'text'],
  ])('answers %s with an empty 400', async (_, document) => {
    const response = await iam.fetch('/iam/api/client-registration', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(document),
    });
    expect([response.status, await response.text()]).toEqual([400, '']);
  });

  it.each([
    ['half a document', 'application/json', '{', 400],
    ['nothing', 'application/json', '', 400],
    ['a document', 'application/x-www-form-urlencoded', JSON.stringify(oidcAgent), 415],
    ['a document', 'text/plain', JSON.stringify(oidcAgent), 415],
  ])('answers %s as %s with its status alone', async (_, type, body, status) => {
    const headers = { 'content-type': type };
    for (const [method, path] of [
      ['POST', ''],
      ['PUT', '/any'],
    ] as const) {
      const response = await iam.fetch(`/iam/api/client-registration${path}`, { method, headers, body });
      expect([response.status, await response.text()]).toEqual([status, '']);
    }
  });

  it('accepts an empty list of grant types, and a list as scope', async () => {
    const [status, client] = await answerOf(
      await iam.register({ client_name: 'nothing', grant_types: [], scope: ['openid', 'offline_access'] }),
    );
    expect([status, client.scope]).toEqual([201, 'openid profile email address phone']);
    expect(client).not.toHaveProperty('grant_types');
    // In IAM an empty list means all grants. Here a client must not get more grants than it may request.
    const form = { grant_type: 'client_credentials' };
    const refused = await iam.post(
      '/token',
      form,
      basic(String(client.client_id), String(client.client_secret)),
    );
    expect(refused.status).toBe(401);
  });

  it('leaves out missing redirect URIs, and accepts the code grant without them', async () => {
    const [status, client] = await answerOf(await iam.register({ client_name: 'no redirect' }));
    expect([status, client.grant_types]).toEqual([201, ['authorization_code']]);
    expect(client).not.toHaveProperty('redirect_uris');
  });

  it('gives no scope to a client that requests only restricted ones', async () => {
    expect((await json(await iam.register({ ...oidcAgent, scope: 'scim:read' }))).scope).toBeNull();
  });
});

describe('managing a client with its registration token', () => {
  it('returns it, without the token', async () => {
    const { registration_access_token: token, ...client } = await json(await iam.register(oidcAgent));
    expect(await answerOf(await manage(client, 'GET', token))).toEqual([200, client]);
  });

  it('changes it, and keeps id and secret', async () => {
    const { registration_access_token: token, ...client } = await json(await iam.register(oidcAgent));
    const put = async (document: Json) => answerOf(await manage(client, 'PUT', token, document));
    const changed = { ...client, client_name: 'renamed', client_secret: 'mine', scope: 'openid scim:read' };
    expect(await put(changed)).toEqual([200, { ...client, client_name: 'renamed', scope: 'openid' }]);
    expect(await put({ ...client, grant_types: ['password'] })).toEqual([
      400,
      { error: 'Grant type not allowed: password' },
    ]);
    expect(await put({ ...client, client_name: 'abc' })).toEqual([
      400,
      { error: 'updateClient.request.clientName: Invalid length: must be between 4 and 256 characters' },
    ]);
    // The client loses members that the document leaves out, even the scope.
    const [, few] = await put({ grant_types: [DEVICE_GRANT] });
    expect(few).toMatchObject({ client_id: client.client_id, grant_types: [DEVICE_GRANT], scope: null });
    expect(few).not.toHaveProperty('client_name');
  });

  it('deletes it with its tokens', async () => {
    const client = await json(await iam.register(oidcAgent));
    const credentials = { id: String(client.client_id), secret: String(client.client_secret) };
    const tokens = await deviceTokens(iam, credentials);
    const userinfo = () =>
      iam.fetch('/userinfo', { headers: { authorization: `Bearer ${tokens.access_token}` } });
    expect((await userinfo()).status).toBe(200);

    const deleted = await manage(client, 'DELETE');
    expect([deleted.status, await deleted.text()]).toEqual([204, '']);
    expect((await userinfo()).status).toBe(401);
    const [status, body] = await answerOf(await manage(client));
    expect([status, body.error]).toEqual([401, 'invalid_token']);
    const refresh = { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) };
    const form = { client_id: credentials.id, client_secret: credentials.secret, ...refresh };
    expect((await iam.post('/token', form)).status).toBe(401);
  });

  it('is all that the token permits: userinfo answers it with a page', async () => {
    const { registration_access_token: token } = await json(await iam.register(oidcAgent));
    const response = await iam.fetch('/userinfo', { headers: { authorization: `Bearer ${token}` } });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      403,
      expect.stringMatching('text/html'),
    ]);
  });

  it('needs the token', async () => {
    const [client, other] = [
      await json(await iam.register(oidcAgent)),
      await json(await iam.register(oidcAgent)),
    ];
    const invalid = [400, { error: 'Invalid registration access token' }];
    expect(await answerOf(await manage(client, 'GET', other.registration_access_token))).toEqual(invalid);
    const tokens = await deviceTokens(iam, {
      id: String(other.client_id),
      secret: String(other.client_secret),
    });
    expect(await answerOf(await manage(client, 'DELETE', tokens.access_token))).toEqual([
      404,
      { error: `Client not found for clientId: ${client.client_id}` },
    ]);
    expect((await manage(client, 'GET', 'nonsense')).status).toBe(401);
    expect(await answerOf(await iam.fetch(String(client.registration_client_uri)))).toEqual(invalid);
    const unknown = {
      ...client,
      registration_client_uri: `${iam.issuer}iam/api/client-registration/unknown`,
    };
    expect(await answerOf(await manage(unknown))).toEqual(invalid);
    expect((await manage(client)).status).toBe(200);
  });
});
