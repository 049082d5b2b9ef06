/** Unexpected answers of INDIGO IAM 1.12. Each test has the letter of its line in docs/iam-reference.md. */
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { answerOf, basic, DEVICE_GRANT, deviceTokens, json, testIam } from '../support/test-iam.ts';

const iam = testIam({ autoApprove: 'test' });
const withPages = testIam();
const client = { id: 'device-code-client', secret: 'secret' };
const asClient = basic(client.id, client.secret);
const asOther = basic('client-cred', 'secret');
const SCOPE = 'openid profile offline_access';

const refresh = (token: unknown, more: Record<string, string> = {}, headers = asClient) =>
  iam.post('/token', { grant_type: 'refresh_token', refresh_token: String(token), ...more }, headers);
const exchange = (more: Record<string, string>, headers = basic('token-exchange-actor', 'secret')) =>
  iam.post(
    '/token',
    { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: 'nonsense', ...more },
    headers,
  );
const userinfo = (token: unknown, init: RequestInit = {}) =>
  iam.fetch('/userinfo', { headers: { authorization: `Bearer ${token}` }, ...init });
const isPage = async (response: Response) => {
  expect(response.headers.get('content-type')).toContain('text/html');
  expect(await response.text()).toContain('<!doctype html>');
};
const statusAndBody = async (response: Response) => [response.status, await response.text()];

describe('tokens, as at IAM 1.12', () => {
  it('b: a refresh token still works after another client has presented it', async () => {
    const { refresh_token } = await deviceTokens(iam, client);
    const other = await iam.newDeviceClient();
    expect(await answerOf(await refresh(refresh_token, {}, basic(other.id, other.secret)))).toEqual([
      401,
      { error: 'invalid_client', error_description: 'Client does not own the presented refresh token' },
    ]);
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  it('c: a resource must be among those of the login; an audience may be any', async () => {
    const notGranted = [
      400,
      { error: 'invalid_target', error_description: 'The requested resource was not originally granted' },
    ];
    const free = await deviceTokens(iam, client, SCOPE, { audience: 'https://a.example' });
    for (const resource of ['https://a.example', 'https://b.example'])
      expect(await answerOf(await refresh(free.refresh_token, { resource }))).toEqual(notGranted);

    const resource = 'https://a.example https://b.example';
    const { device_code } = await json(await iam.post('/devicecode', { client_id: client.id, resource }));
    const form = { grant_type: DEVICE_GRANT, device_code: String(device_code) };
    const bound = await json(await iam.post('/token', form, asClient));
    const audience = async (more: Record<string, string>) =>
      decodeJwt(String((await json(await refresh(bound.refresh_token, more))).access_token)).aud;
    expect(await audience({ resource: 'https://b.example https://c.example' })).toBe('https://b.example');
    expect(await audience({ audience: 'https://c.example' })).toBe('https://c.example');
    expect(await answerOf(await refresh(bound.refresh_token, { resource: 'https://c.example' }))).toEqual(
      notGranted,
    );
  });

  it('f: the audience of an ID token is a text', async () => {
    const { id_token } = await deviceTokens(iam, client);
    expect(decodeJwt(String(id_token)).aud).toBe(client.id);
  });

  it('o: errors repeat refused tokens and codes', async () => {
    expect(await answerOf(await refresh('nonsense'))).toEqual([
      401,
      { error: 'invalid_token', error_description: 'Refresh token for value nonsense was not found' },
    ]);
    const code = { grant_type: 'authorization_code', code: 'nonsense' };
    const error_description =
      'JpaAuthorizationCodeRepository: no authorization code found for value nonsense';
    expect(await answerOf(await iam.post('/token', code, basic('client', 'secret')))).toEqual([
      400,
      { error: 'invalid_grant', error_description },
    ]);
    expect(await answerOf(await exchange({ scope: 'openid' }))).toEqual([
      401,
      { error: 'invalid_token', error_description: 'Access token for value nonsense was not found' },
    ]);
  });

  it('o: an exchange without scope fails before the grant of the client is checked', async () => {
    const error_description = 'The scope parameter is required for a token exchange request!';
    expect(await answerOf(await exchange({}, asClient))).toEqual([
      400,
      { error: 'invalid_request', error_description },
    ]);
    expect((await exchange({ scope: 'openid' }, asClient)).status).toBe(401);
  });
});

describe('userinfo, as at IAM 1.12', () => {
  it('d: is for GET only, also with the token in the query', async () => {
    const { access_token } = await deviceTokens(iam, client, SCOPE);
    const posted = await userinfo(access_token, { method: 'POST' });
    expect([...(await statusAndBody(posted)), posted.headers.get('allow')]).toEqual([405, '', 'GET']);
    const query = new URLSearchParams({ access_token: String(access_token) });
    const answer = await json(await iam.fetch(`/userinfo?${query}`));
    expect(answer).toMatchObject({ preferred_username: 'test' });
    expect(JSON.stringify(iam.control.requests)).not.toContain(String(access_token));
  });

  it('e: returns everything about a user for the scope profile, and nothing without', async () => {
    const sub = '80e5fb8d-b7c8-451a-89ba-346ae278a66f';
    const { access_token } = await deviceTokens(iam, client, SCOPE);
    expect(await json(await userinfo(access_token))).toEqual({
      sub,
      name: 'Test User',
      preferred_username: 'test',
      given_name: 'Test',
      family_name: 'User',
      nickname: 'test',
      gender: 'M',
      birthdate: '1950-01-01',
      updated_at: expect.any(Number),
      email: 'test@iam.test',
      email_verified: true,
      scope: ['openid', 'profile', 'offline_access'],
    });
    const withoutProfile = await deviceTokens(iam, client, 'openid email wlcg.groups');
    expect(await json(await userinfo(withoutProfile.access_token))).toEqual({ sub });
  });

  it('s and 7: answers a token without openid with a page, even if the program accepts JSON only', async () => {
    const { access_token } = await deviceTokens(iam, client, 'storage.read:/');
    const headers = { authorization: `Bearer ${access_token}`, accept: 'application/json' };
    const response = await iam.fetch('/userinfo', { headers });
    expect(response.status).toBe(403);
    await isPage(response);
    const { access_token: ofClient } = await json(
      await iam.post('/token', { grant_type: 'client_credentials' }, asOther),
    );
    expect((await userinfo(ofClient)).status).toBe(403);
  });
});

describe('revocation and introspection, as at IAM 1.12', () => {
  const asForm = { client_id: client.id, client_secret: client.secret };
  const isAlive = async (token: unknown) =>
    (await json(await iam.post('/introspect', { token: String(token) }, asClient))).active;

  it('3: credentials in the form give a redirect to the home page, and revoke the token', async () => {
    const { refresh_token } = await deviceTokens(iam, client);
    const response = await iam.post('/revoke', { ...asForm, token: String(refresh_token) });
    expect([response.status, response.headers.get('location'), await response.text()]).toEqual([
      302,
      '/',
      '',
    ]);
    expect(await isAlive(refresh_token)).toBe(false);
  });

  it('3: a token of another client gives the redirect, too, and stays valid', async () => {
    const other = await iam.newDeviceClient();
    const { refresh_token } = await deviceTokens(iam, other);
    expect((await iam.post('/revoke', { ...asForm, token: String(refresh_token) })).status).toBe(302);
    expect(await isAlive(refresh_token)).toBe(true);
  });

  it('k: without a token both give 400, and introspection accepts GET', async () => {
    for (const path of ['/introspect', '/revoke'])
      expect(await statusAndBody(await iam.post(path, {}, asClient))).toEqual([400, '']);
    const { access_token } = await deviceTokens(iam, client);
    const query = new URLSearchParams({ token: String(access_token) });
    const answer = await json(await iam.fetch(`/introspect?${query}`, { headers: asClient }));
    expect(answer).toMatchObject({ active: true, client_id: client.id });
  });

  it('l: a token of another client gives 403 without a body', async () => {
    const { access_token } = await deviceTokens(iam, client);
    const response = await iam.post('/revoke', { token: String(access_token) }, asOther);
    expect(await statusAndBody(response)).toEqual([403, '']);
    expect(await isAlive(access_token)).toBe(true);
  });
});

describe('the challenge of a 401, as at IAM 1.12', () => {
  const credentials = { grant_type: 'client_credentials' };
  it.each<[string, () => Promise<Response>, string]>([
    [
      'wrong credentials',
      () => iam.post('/token', credentials, basic(client.id, 'wrong')),
      'Bearer realm="openidconnect", error="unauthorized", error_description="Bad credentials"',
    ],
    [
      'wrong credentials in the form',
      () => iam.post('/token', { ...credentials, client_id: client.id, client_secret: 'wrong' }),
      'Form realm="oauth", error="invalid_client", error_description="Bad client credentials"',
    ],
    [
      'a dead access token',
      () => userinfo('nonsense'),
      'Bearer realm="openidconnect", error="invalid_token", error_description="Invalid access token: nonsense"',
    ],
    [
      'a dead refresh token',
      () => refresh('nonsense'),
      'Bearer error="invalid_token", error_description="Refresh token for value nonsense was not found"',
    ],
  ])('n: of %s', async (_, request, challenge) => {
    const response = await request();
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, challenge]);
  });
});

describe('pages, as at IAM 1.12', () => {
  const REDIRECT = 'http://localhost:9876/callback';
  const authorize = (more: Record<string, string | undefined>) => {
    const request = {
      response_type: 'code',
      client_id: 'client',
      redirect_uri: REDIRECT,
      state: 'x',
      ...more,
    };
    const present = Object.entries(request).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    return `/authorize?${new URLSearchParams(present)}`;
  };

  it.each<[string, Record<string, string | undefined>, number, string]>([
    ['a bad response type', { response_type: 'nonsense' }, 400, 'unsupported_response_type'],
    ['no response type', { response_type: undefined }, 400, 'unsupported_response_type'],
    ['an unknown client', { client_id: 'nonsense' }, 401, 'invalid_client'],
  ])('m: %s gives a page, before a login', async (_, more, status, text) => {
    const page = await new Browser(withPages).open(authorize(more));
    expect([page.status, page.location]).toEqual([status, null]);
    expect(page.text).toContain(text);
  });

  it('m: a scope that the client may not have gives a page, after the login', async () => {
    for (const scope of ['openid scim:read', 'wlcg.groups:x']) {
      const browser = new Browser(withPages);
      const page = await browser.logIn(await browser.open(authorize({ scope })));
      expect([page.status, page.location]).toEqual([400, null]);
      expect(page.text).toContain('invalid_scope');
    }
  });

  it('m: prompt=none gives login_required, with or without login and consent', async () => {
    const browser = new Browser(withPages);
    const silently = async () => {
      const { location } = await browser.open(authorize({ scope: 'openid', prompt: 'none' }));
      const { origin, searchParams } = new URL(location ?? '');
      return [origin, searchParams.get('error'), searchParams.get('state')];
    };
    const refused = ['http://localhost:9876', 'login_required', 'x'];
    expect(await silently()).toEqual(refused);
    const consent = await browser.logIn(await browser.open(authorize({ scope: 'openid' })));
    expect(await silently()).toEqual(refused);
    await browser.submit(consent, { user_oauth_approval: 'true', remember: 'until-revoked' });
    expect((await browser.open(authorize({ scope: 'openid' }))).location).toContain('code=');
    expect(await silently()).toEqual(refused);
  });

  it('r: a user can approve a device code twice', async () => {
    const request = { client_id: client.id, scope: 'openid' };
    const { device_code, user_code } = await json(await withPages.post('/devicecode', request));
    const browser = new Browser(withPages);
    const approval = await browser.logIn(await browser.open(`/device?user_code=${user_code}`));
    for (let time = 0; time < 2; time++) {
      const page = await browser.submit(approval, { user_oauth_approval: 'true' });
      expect(page.text).toContain('The device has been approved.');
    }
    expect((await browser.open(`/device?user_code=${user_code}`)).text).toContain('has been used already');
    const form = { grant_type: DEVICE_GRANT, device_code: String(device_code) };
    expect((await withPages.post('/token', form, asClient)).status).toBe(200);
  });

  it('s: an unknown path gives a page, even if the program accepts JSON only', async () => {
    const response = await iam.fetch('/nonsense', { headers: { accept: 'application/json' } });
    expect(response.status).toBe(404);
    await isPage(response);
  });
});
