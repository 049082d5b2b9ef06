import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { answerOf, basic, DEVICE_GRANT, type Json, json, testIam } from '../support/test-iam.ts';

const iam = testIam();

const start = async (form: Record<string, string>) => json(await iam.post('/devicecode', form));
const poll = (client: { id: string; secret: string }, code: Json, more: Record<string, string> = {}) =>
  iam.post(
    '/token',
    { grant_type: DEVICE_GRANT, device_code: String(code.device_code), ...more },
    basic(client.id, client.secret),
  );

/** Logs in and enters the code, up to the page that asks for approval. */
async function toApproval(code: Json, username = 'test') {
  const browser = new Browser(iam);
  const login = await browser.open(`/device?user_code=${code.user_code}`);
  return { browser, page: await browser.logIn(login, username) };
}

async function approve(code: Json, username = 'test') {
  const { browser, page } = await toApproval(code, username);
  return browser.submit(page, { user_oauth_approval: 'true' });
}

const pending = (code: Json) => [
  400,
  {
    error: 'authorization_pending',
    error_description: `Authorization pending for code: ${code.device_code}`,
  },
];
const invalid = (code: Json) => [
  400,
  { error: 'invalid_grant', error_description: `Invalid device code: ${code.device_code}` },
];

describe('the device authorization request', () => {
  it('answers with a code of six characters and without an interval', async () => {
    const { id } = await iam.newDeviceClient();
    const code = await start({ client_id: id, scope: 'openid' });
    expect(code).toEqual({
      device_code: expect.stringMatching(/^[0-9a-f-]{36}$/),
      user_code: expect.stringMatching(/^[0-9A-Z_-]{6}$/),
      verification_uri: `${iam.issuer}device`,
      verification_uri_complete: `${iam.issuer}device?user_code=${code.user_code}`,
      expires_in: 600,
    });
  });

  it('needs no secret, and accepts the form that oidc-agent does not encode', async () => {
    const { id } = await iam.newDeviceClient();
    const response = await iam.post(
      '/devicecode',
      `client_id=${id}&scope=openid storage.read:/`,
      basic(id, 'wrong'),
    );
    expect(response.status).toBe(200);
  });

  it('gives empty answers for a missing and an unknown client', async () => {
    for (const [form, status] of [
      [{ client_id: ' ' }, 400],
      [{ scope: 'openid' }, 400],
      [{ client_id: 'nobody' }, 404],
    ] as const) {
      const response = await iam.post('/devicecode', form);
      expect([response.status, await response.text()]).toEqual([status, '']);
    }
  });

  it.each([
    [
      'client-cred',
      'openid',
      [401, 'invalid_client', 'Unauthorized grant type: urn:ietf:params:oauth:grant-type:device_code'],
    ],
    [
      'device-code-client',
      'scim:read',
      [400, 'invalid_scope', "One or more requested scope is not allowed for client 'device-code-client'"],
    ],
    ['device-code-client', 'storage.read:/a/../b', [400, 'invalid_scope', expect.any(String)]],
    ['device-code-client', 'wlcg.groups:', [400, 'invalid_scope', 'Invalid WLCG group scope: wlcg.groups:']],
  ])('refuses %s the scope %s', async (client_id, scope, [status, error, error_description]) => {
    expect(await answerOf(await iam.post('/devicecode', { client_id, scope }))).toEqual([
      status,
      { error, error_description },
    ]);
  });
});

describe('the device flow', () => {
  it('leads from a code to tokens that verify', async () => {
    const client = await iam.newDeviceClient();
    const scope = 'openid offline_access storage.read:/home wlcg.groups';
    const code = await start({ client_id: client.id, scope });
    expect(await answerOf(await poll(client, code))).toEqual(pending(code));

    const done = await approve(code);
    expect(done.text).toContain('The device has been approved.');
    const response = await poll(client, code);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const tokens = await json(response);
    expect(Object.keys(tokens)).toEqual([
      'access_token',
      'token_type',
      'refresh_token',
      'expires_in',
      'scope',
      'id_token',
    ]);
    expect(tokens).toMatchObject({ token_type: 'Bearer', scope });
    expect(3600 - Number(tokens.expires_in)).toBeLessThan(60);
    expect(tokens.expires_in).toBeLessThanOrEqual(3600);
    expect(tokens.refresh_token).toMatch(/^eyJhbGciOiJub25lIn0\.[\w-]+\.$/);
    expect(Object.keys(decodeJwt(String(tokens.refresh_token)))).toEqual(['exp', 'jti']);

    const keys = createRemoteJWKSet(new URL('jwk', iam.issuer));
    const { payload } = await jwtVerify(String(tokens.access_token), keys, { issuer: iam.issuer });
    expect(decodeProtectedHeader(String(tokens.access_token))).toEqual({ kid: 'rsa1', alg: 'RS256' });
    expect(payload).toEqual({
      'wlcg.ver': '1.0',
      iss: iam.issuer,
      sub: '80e5fb8d-b7c8-451a-89ba-346ae278a66f',
      aud: 'https://wlcg.cern.ch/jwt/v1/any',
      nbf: payload.iat,
      iat: expect.any(Number),
      exp: (payload.iat ?? 0) + 3600,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      client_id: client.id,
      scope,
      'wlcg.groups': ['/Analysis', '/Production'],
    });
    const id = await jwtVerify(String(tokens.id_token), keys, { issuer: iam.issuer, audience: client.id });
    expect(id.payload).toMatchObject({ sub: payload.sub, aud: client.id, kid: 'rsa1', 'wlcg.ver': '1.0' });
    expect((id.payload.exp ?? 0) - (id.payload.iat ?? 0)).toBe(600);
  });

  it('gives tokens once', async () => {
    const client = await iam.newDeviceClient();
    const code = await start({ client_id: client.id });
    await approve(code);
    const answers = await Promise.all([poll(client, code), poll(client, code)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(await answerOf(await poll(client, code))).toEqual(invalid(code));
  });

  it('grants all scopes of the client if the request names none', async () => {
    const client = await iam.newDeviceClient('openid storage.read:/ compute.read');
    const code = await start({ client_id: client.id });
    await approve(code, 'admin');
    const tokens = await json(await poll(client, code));
    expect(tokens).toMatchObject({ scope: 'openid storage.read:/ compute.read' });
    expect(tokens).not.toHaveProperty('refresh_token');
  });

  it('stays pending after a refusal', async () => {
    const client = await iam.newDeviceClient();
    const code = await start({ client_id: client.id });
    const { browser, page } = await toApproval(code);
    const answer = await browser.submit(page, { user_oauth_approval: 'false' });
    expect(answer.text).toContain('The device has not been approved.');
    expect(await answerOf(await poll(client, code))).toEqual(pending(code));
  });

  it('says once that a code has expired', async () => {
    const client = await iam.newDeviceClient();
    const code = await start({ client_id: client.id });
    iam.later(601);
    const { page } = await toApproval(code);
    expect(page.text).toContain('This code has expired.');
    expect(await answerOf(await poll(client, code))).toEqual([
      400,
      { error: 'expired_token', error_description: `Device code has expired: ${code.device_code}` },
    ]);
    expect(await answerOf(await poll(client, code))).toEqual(invalid(code));
  });

  it('refuses the code of another client', async () => {
    const [client, other] = [await iam.newDeviceClient(), await iam.newDeviceClient()];
    const code = await start({ client_id: client.id });
    await approve(code);
    expect(await answerOf(await poll(other, code))).toEqual(invalid(code));
    expect((await poll(client, code)).status).toBe(200);
  });

  it('works for a public client, with its id in the form or as Basic with an empty password', async () => {
    const publicClient = { id: 'public-dc-client', secret: '' };
    const code = await start({ client_id: publicClient.id, scope: 'openid' });
    const form = { grant_type: DEVICE_GRANT, device_code: String(code.device_code) };
    expect(await answerOf(await poll(publicClient, code))).toEqual(pending(code));
    await approve(code);
    expect((await iam.post('/token', { ...form, client_id: publicClient.id })).status).toBe(200);
  });

  it('accepts the audience of the poll, but only resources that the device requested at the start', async () => {
    const client = await iam.newDeviceClient();
    const audienceOf = async (response: Response) =>
      decodeJwt(String((await json(response)).access_token)).aud;
    const free = await start({ client_id: client.id });
    await approve(free);
    expect(await audienceOf(await poll(client, free, { audience: 'se1.example se2.example' }))).toEqual([
      'se1.example',
      'se2.example',
    ]);

    const bound = await start({ client_id: client.id, resource: 'https://a.example https://b.example' });
    await approve(bound);
    const [status, body] = await answerOf(await poll(client, bound, { resource: 'https://c.example' }));
    expect([status, body.error]).toEqual([400, 'invalid_target']);
    expect(await audienceOf(await poll(client, bound, { resource: 'https://b.example' }))).toBe(
      'https://b.example',
    );
  });
});

describe('the pages of the device flow', () => {
  it('accept a typed code in upper or lower case, after a failed login', async () => {
    const client = await iam.newDeviceClient();
    const code = await start({ client_id: client.id });
    const browser = new Browser(iam);
    const failed = await browser.logIn(await browser.open('/device'), 'test', 'wrong');
    expect(failed.path).toBe('/login?to=%2Fdevice&error=failure');
    const entry = await browser.logIn(failed);
    expect(entry.text).toContain('Enter Code');
    const wrong = await browser.submit(entry, { user_code: 'nope' });
    expect(wrong.text).toContain('This code was not found.');
    const approval = await browser.submit(wrong, { user_code: ` ${String(code.user_code).toLowerCase()}` });
    expect(approval.text).toContain('Approval Required for oidc-agent:test');
    await browser.submit(approval, { user_oauth_approval: 'true' });
    expect((await browser.open(`/device?user_code=${code.user_code}`)).text).toContain(
      'has been used already',
    );
    expect((await poll(client, code)).status).toBe(200);
  });

  it('escape the names of clients', async () => {
    const name = '<script>alert("1")</script>';
    const { client_id } = await json(await iam.register({ client_name: name, grant_types: [DEVICE_GRANT] }));
    const { page } = await toApproval(await start({ client_id: String(client_id) }));
    expect(page.text).not.toContain('<script');
    expect(page.text).toContain('&#60;script&#62;');
  });

  it('refuse forms of other sites, and requests without a login', async () => {
    const client = await iam.newDeviceClient();
    const code = await start({ client_id: client.id });
    const forged = { user_code: String(code.user_code), user_oauth_approval: 'true' };
    const { browser } = await toApproval(code);
    expect((await browser.post('/device/approve', forged)).status).toBe(403);
    expect((await browser.post('/device/approve', { ...forged, _csrf: 'x' })).status).toBe(403);
    expect((await new Browser(iam).post('/device/approve', forged)).status).toBe(403);

    const stranger = new Browser(iam);
    const login = await stranger.open('/device');
    const csrf = /name="_csrf" value="([^"]+)"/.exec(login.text)?.[1] ?? '';
    expect((await stranger.post('/device/approve', { ...forged, _csrf: csrf })).text).toContain('Sign in');
    expect(await answerOf(await poll(client, code))).toEqual(pending(code));
  });

  it('run no scripts, load no resources and cannot be framed', async () => {
    const page = await new Browser(iam).open('/device');
    const policy = page.headers.get('content-security-policy');
    for (const directive of [
      "default-src 'none'",
      "frame-ancestors 'none'",
      "form-action 'self'",
      "base-uri 'none'",
    ]) {
      expect(policy).toContain(directive);
    }
    expect(page.text).toContain('name="viewport"');
  });

  it('end the login at sign-out', async () => {
    const browser = new Browser(iam);
    const entry = await browser.logIn(await browser.open('/device'));
    const csrf = /name="_csrf" value="([^"]+)"/.exec(entry.text)?.[1] ?? '';
    await browser.post('/logout', { _csrf: csrf });
    expect((await browser.open('/device')).text).toContain('Sign in');
  });
});
