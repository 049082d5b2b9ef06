import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { answerOf, basic, DEVICE_GRANT, deviceTokens, json, testIam } from '../support/test-iam.ts';

const iam = testIam({ autoApprove: 'test' });
const credentials = { grant_type: 'client_credentials' };
const asClient = basic('client-cred', 'secret');

describe('client credentials', () => {
  it('give a token for the client itself, without a user and without a refresh token', async () => {
    const answer = await json(
      await iam.post(
        '/token',
        { ...credentials, scope: 'openid offline_access storage.read:/a wlcg.groups' },
        asClient,
      ),
    );
    expect(Object.keys(answer)).toEqual(['access_token', 'token_type', 'expires_in', 'scope']);
    const claims = decodeJwt(String(answer.access_token));
    expect(claims).toMatchObject({ sub: 'client-cred', client_id: 'client-cred', 'wlcg.ver': '1.0' });
    expect(claims).not.toHaveProperty(['wlcg.groups']);
  });

  it('without a scope give all scopes of the client', async () => {
    expect((await json(await iam.post('/token', credentials, asClient))).scope).toMatch(
      /^openid profile .*compute.cancel$/,
    );
  });

  it('work with the credentials in the form, too', async () => {
    const form = { ...credentials, client_id: 'client-cred', client_secret: 'secret' };
    expect((await iam.post('/token', form)).status).toBe(200);
  });

  it('name the refused scope', async () => {
    expect(
      await answerOf(await iam.post('/token', { ...credentials, scope: 'openid scim:read' }, asClient)),
    ).toEqual([
      400,
      { error: 'invalid_scope', error_description: "Scope 'scim:read' not allowed for client 'client-cred'" },
    ]);
  });
});

describe('the token endpoint refuses', () => {
  const bad = 'Bad credentials';
  it.each<[string, Record<string, string>, Record<string, string>, number, string, string]>([
    ['a wrong secret', credentials, basic('client-cred', 'x'), 401, 'unauthorized', bad],
    ['an empty secret', credentials, basic('client-cred', ''), 401, 'unauthorized', bad],
    ['an unknown client', credentials, basic('nobody', 'x'), 401, 'unauthorized', bad],
    ['a secret for a public client', credentials, basic('public-dc-client', 'x'), 401, 'unauthorized', bad],
    [
      'a wrong secret in the form',
      { ...credentials, client_id: 'client-cred', client_secret: 'x' },
      {},
      401,
      'invalid_client',
      'Bad client credentials',
    ],
    [
      'an id alone',
      { ...credentials, client_id: 'client-cred' },
      {},
      401,
      'invalid_client',
      'Bad client credentials',
    ],
    [
      'nobody',
      credentials,
      {},
      401,
      'unauthorized',
      'Full authentication is required to access this resource',
    ],
    [
      'two clients at once',
      { ...credentials, client_id: 'device-code-client' },
      asClient,
      401,
      'invalid_client',
      'Given client ID does not match authenticated client',
    ],
    ['no grant type', {}, asClient, 400, 'invalid_request', 'Missing grant type'],
    [
      'an unknown grant type',
      { grant_type: 'magic' },
      asClient,
      400,
      'unsupported_grant_type',
      'Unsupported grant type',
    ],
    [
      'a grant that the client does not have',
      { grant_type: 'refresh_token' },
      asClient,
      401,
      'invalid_client',
      'Unauthorized grant type',
    ],
  ])('%s', async (_, form, headers, status, error, error_description) => {
    const response = await iam.post('/token', form, headers);
    expect(response.headers.get('cache-control')).toBe('no-store');
    if (status === 401) expect(response.headers.get('www-authenticate')).toContain(`error="${error}"`);
    expect(await answerOf(response)).toEqual([status, { error, error_description }]);
  });

  it.each([
    ['aud', 'grant_type=client_credentials&aud=a&aud=b'],
    ['scope', 'grant_type=client_credentials&scope=openid&scope=wlcg'],
    [
      'client_id',
      'client_id=client-cred&client_secret=secret&grant_type=client_credentials&client_id=client',
    ],
  ])('a repeated parameter: %s', async (name, form) => {
    const response = await iam.post('/token', form, name === 'client_id' ? {} : asClient);
    expect(await answerOf(response)).toEqual([
      400,
      { error: 'invalid_request', error_description: `'${name}' parameter must not be provided twice` },
    ]);
  });
});

describe('a client that authenticates with an assertion', () => {
  const assertion = async (clientId: string, key: Parameters<SignJWT['sign']>[0], alg: string) =>
    new SignJWT({ jti: crypto.randomUUID() })
      .setProtectedHeader({ alg })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(iam.issuer)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(key);

  it('gets tokens, once for each assertion, and not with a secret', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const registration = { client_name: 'signing', grant_types: [DEVICE_GRANT], scope: 'openid' };
    const jwk = JSON.stringify({ keys: [await exportJWK(publicKey)] });
    const method = (token_endpoint_auth_method: string) => ({ ...registration, token_endpoint_auth_method });
    const signing = await json(await iam.register({ ...method('private_key_jwt'), jwk }));
    const sharing = await json(await iam.register(method('client_secret_jwt')));
    const secret = new TextEncoder().encode(String(sharing.client_secret));
    const byKey = await assertion(String(signing.client_id), privateKey, 'RS256');
    const bySecret = await assertion(String(sharing.client_id), secret, 'HS256');

    for (const [client, client_assertion] of [
      [signing, byKey],
      [sharing, bySecret],
    ] as const) {
      const { device_code } = await json(
        await iam.post('/devicecode', { client_id: String(client.client_id) }),
      );
      const poll = { grant_type: DEVICE_GRANT, device_code: String(device_code) };
      const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
      const proof = { ...poll, client_assertion_type, client_assertion };
      const withSecret = basic(String(client.client_id), String(client.client_secret ?? ''));
      expect((await iam.post('/token', poll, withSecret)).status).toBe(401);
      expect((await iam.post('/token', proof)).status).toBe(200);
      expect((await iam.post('/token', proof)).status).toBe(401);
    }
  });
});

describe('introspection', () => {
  const introspect = (token: unknown, headers = basic('device-code-client', 'secret')) =>
    iam.post('/introspect', { token: String(token) }, headers);

  it('describes an access token', async () => {
    const client = await iam.newDeviceClient('openid offline_access storage.read:/ my.scope');
    const tokens = await deviceTokens(iam, client, undefined, { audience: 'a b' });
    const { exp } = decodeJwt(String(tokens.access_token));
    expect(await json(await introspect(tokens.access_token))).toEqual({
      active: true,
      // The introspecting client does not have my.scope.
      scope: 'openid offline_access storage.read:/',
      expires_at: `${new Date((exp ?? 0) * 1000).toISOString().slice(0, 19)}+0000`,
      exp,
      sub: '80e5fb8d-b7c8-451a-89ba-346ae278a66f',
      user_id: 'test',
      client_id: client.id,
      token_type: 'Bearer',
      iss: iam.issuer,
      aud: 'a b',
    });
    expect(await json(await introspect(tokens.refresh_token))).toMatchObject({
      active: true,
      client_id: client.id,
    });
  });

  it('adds the groups, and leaves out the user if there is none', async () => {
    const client = await iam.newDeviceClient();
    const tokens = await deviceTokens(iam, client);
    expect(await json(await introspect(tokens.access_token))).toMatchObject({
      'wlcg.groups': ['/Analysis', '/Production'],
    });
    const { access_token } = await json(await iam.post('/token', credentials, asClient));
    const answer = await json(await introspect(access_token));
    expect(answer).toMatchObject({ active: true, sub: 'client-cred' });
    expect(answer).not.toHaveProperty('user_id');
  });

  it('says only that other tokens are not active', async () => {
    for (const token of ['nonsense', ''])
      expect(await json(await introspect(token))).toEqual({ active: false });
  });

  it('is for Basic credentials only', async () => {
    const form = { token: 'x', client_id: 'device-code-client', client_secret: 'secret' };
    expect((await iam.post('/introspect', form)).status).toBe(401);
    expect((await introspect('x', basic('device-code-client', 'wrong'))).status).toBe(401);
  });
});

describe('revocation', () => {
  it('of a refresh token revokes its access tokens, too', async () => {
    const client = await iam.newDeviceClient();
    const tokens = await deviceTokens(iam, client);
    const form = `token_type_hint=refresh_token&token=${tokens.refresh_token}`;
    const response = await iam.post('/revoke', form, basic(client.id, client.secret));
    expect([response.status, await response.text()]).toEqual([200, '']);
    const about = await iam.post('/introspect', { token: String(tokens.access_token) }, asClient);
    expect(await json(about)).toEqual({ active: false });
    const refresh = { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) };
    expect((await iam.post('/token', refresh, basic(client.id, client.secret))).status).toBe(401);
  });

  it('of an access token leaves the refresh token', async () => {
    const client = await iam.newDeviceClient();
    const tokens = await deviceTokens(iam, client);
    const form = { token: String(tokens.access_token) };
    expect((await iam.post('/revoke', form, basic(client.id, client.secret))).status).toBe(200);
    const refresh = { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) };
    expect((await iam.post('/token', refresh, basic(client.id, client.secret))).status).toBe(200);
  });

  it('of an unknown token succeeds, of a foreign one is forbidden, and without a client fails', async () => {
    const tokens = await deviceTokens(iam, await iam.newDeviceClient());
    expect((await iam.post('/revoke', { token: 'nonsense' }, asClient)).status).toBe(200);
    expect((await iam.post('/revoke', { token: String(tokens.access_token) }, asClient)).status).toBe(403);
    expect((await iam.post('/revoke', { token: String(tokens.access_token) })).status).toBe(401);
  });
});

describe('userinfo', () => {
  const userinfo = (token: unknown) =>
    iam.fetch('/userinfo', { headers: { authorization: `Bearer ${token}` } });

  it('accepts a token with an audience', async () => {
    const client = await iam.newDeviceClient('openid profile wlcg.groups');
    const { access_token } = await deviceTokens(iam, client, undefined, { audience: 'se.example' });
    expect(await json(await userinfo(access_token))).toMatchObject({
      sub: '80e5fb8d-b7c8-451a-89ba-346ae278a66f',
      'wlcg.groups': ['/Analysis', '/Production'],
    });
  });

  it('refuses requests without a valid token', async () => {
    const [status, body] = await answerOf(await userinfo('nonsense'));
    expect([status, body.error]).toEqual([401, 'invalid_token']);
    expect((await iam.fetch('/userinfo')).status).toBe(401);
  });

  it('ends with the token', async () => {
    const { access_token } = await deviceTokens(iam, await iam.newDeviceClient());
    iam.later(3601);
    expect((await userinfo(access_token)).status).toBe(401);
  });
});
