import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { answerOf, DEVICE_GRANT, deviceTokens, type Json, json, testIam } from './test-iam.ts';

const iam = testIam({ autoApprove: 'test' });

/** What oidc-agent 4.2.6 sends for the device flow. */
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
    headers: { authorization: `Bearer ${token}` },
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

  it('falls back to the code grant and the default scopes', async () => {
    const client = await json(
      await iam.register({ client_name: 'plain', redirect_uris: ['http://localhost:1/'] }),
    );
    expect(client).toMatchObject({
      grant_types: ['authorization_code'],
      scope: 'openid profile email address phone',
    });
  });

  it('adds the refresh grant to offline_access', async () => {
    const client = await json(
      await iam.register({
        client_name: 'device',
        grant_types: [DEVICE_GRANT],
        scope: 'openid offline_access',
      }),
    );
    expect(client.grant_types).toEqual([DEVICE_GRANT, 'refresh_token']);
  });

  it('drops restricted and reserved scopes without a word and keeps custom ones', async () => {
    const scope =
      'openid scim:read iam:admin.write registration-token  resource-token my.scope storage.read:/a ';
    const client = await json(await iam.register({ ...oidcAgent, scope }));
    expect(client.scope).toBe('openid my.scope storage.read:/a');
  });

  it('gives no secret to public clients and those with keys', async () => {
    const jwk = JSON.stringify({ kty: 'RSA', n: 'AQAB', e: 'AQAB' });
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
    ['Invalid grant type: magic', { grant_types: ['magic'] }],
    ['grant_types must not be empty', { grant_types: [] }],
    ['client_id must not be given', { client_id: 'mine' }],
    ['client_secret must not be given', { client_secret: 'mine' }],
    ['client_name must have 4 to 256 characters', { client_name: 'abc' }],
    ['client_name must have 4 to 256 characters', { client_name: 'a'.repeat(257) }],
    ['client_name is required', { client_name: undefined }],
    [
      'redirect_uris must have a member for this grant type',
      { grant_types: ['authorization_code'], redirect_uris: [] },
    ],
    ['Invalid redirect URI: a redirect URI needs a scheme', { redirect_uris: ['/here'] }],
    [
      'Invalid redirect URI: a redirect URI must not have a fragment',
      { redirect_uris: ['http://localhost/#a'] },
    ],
    ['Invalid redirect URI: this scheme is not allowed', { redirect_uris: ['javascript:alert(1)'] }],
    ['scope must be a string', { scope: ['openid'] }],
    [
      'scope must have at most 512 members',
      { scope: Array.from({ length: 513 }, (_, n) => `s${n}`).join(' ') },
    ],
    ['a scope must have at most 2048 characters', { scope: 'x'.repeat(2049) }],
    ['Invalid token_endpoint_auth_method', { token_endpoint_auth_method: 'magic' }],
    ['client_uri must be an http or https URL', { client_uri: 'javascript:alert(1)' }],
    ['tos_uri must be an http or https URL', { tos_uri: 'data:text/html,<script>alert(1)</script>' }],
    ['policy_uri must be an http or https URL', { policy_uri: '\tjava\nscript:alert(1)' }],
    ['jwks_uri must be an http or https URL', { jwks_uri: 'file:///etc/passwd' }],
    ['tos_uri must be an http or https URL', { tos_uri: '/terms' }],
    ['private_key_jwt needs jwks_uri or jwk', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['Invalid code_challenge_method', { code_challenge_method: 'S512' }],
  ])('refuses: %s', async (error, metadata) => {
    expect(await answerOf(await iam.register({ ...oidcAgent, ...metadata }))).toEqual([400, { error }]);
  });

  it.each(['', '{', '[]', 'null', '"text"'])('refuses the body %j', async (body) => {
    const response = await iam.fetch('/iam/api/client-registration', { method: 'POST', body });
    expect(response.status).toBe(400);
    expect(Object.keys(await json(response))).toEqual(['error']);
  });
});

describe('managing a client with its registration token', () => {
  it('shows it again', async () => {
    const client = await json(await iam.register(oidcAgent));
    expect(await answerOf(await manage(client))).toEqual([200, client]);
  });

  it('changes it, and keeps id and secret whatever is sent', async () => {
    const client = await json(await iam.register(oidcAgent));
    const changed = { ...client, client_name: 'renamed', client_secret: 'mine', scope: 'openid scim:read' };
    const [status, answer] = await answerOf(
      await manage(client, 'PUT', client.registration_access_token, changed),
    );
    expect([status, answer]).toEqual([200, { ...client, client_name: 'renamed', scope: 'openid' }]);
    const refused = await manage(client, 'PUT', client.registration_access_token, {
      ...client,
      grant_types: ['password'],
    });
    expect(await answerOf(refused)).toEqual([400, { error: 'Grant type not allowed: password' }]);
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

  it('is refused to others', async () => {
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
    expect(await answerOf(await manage(client, 'DELETE', tokens.access_token))).toEqual(invalid);
    expect((await manage(client, 'GET', 'nonsense')).status).toBe(401);
    expect((await iam.fetch(String(client.registration_client_uri))).status).toBe(401);
    const unknown = {
      ...client,
      registration_client_uri: `${iam.issuer}iam/api/client-registration/unknown`,
    };
    expect((await manage(unknown)).status).toBe(404);
    expect((await manage(client)).status).toBe(200);
  });
});
