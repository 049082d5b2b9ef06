/** The behaviour of issuers other than IAM: each setting, and the sets of settings named after an issuer. */
import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { type IssuerName, issuerNames, likenessTo } from '../../src/behaviour/issuers.ts';
import { parseBehaviourWords } from '../../src/behaviour/words.ts';
import {
  answerOf,
  basic,
  DEVICE_GRANT,
  type Json,
  json,
  type TestIam,
  testIam,
} from '../support/test-iam.ts';

const DEVICE_CLIENT = { id: 'device-code-client', secret: 'secret' };
const AUTHORIZATION = basic(DEVICE_CLIENT.id, DEVICE_CLIENT.secret);
const VERIFIER = 'a-verifier-of-at-least-forty-three-characters-as-rfc-7636-has-it';
const CHALLENGE = {
  code_challenge_method: 'S256',
  code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
};

const iam = testIam();
afterEach(() => iam.control.behave());
/** Changes the behaviour by arguments of --behave. */
const behave = (...words: string[]) => iam.control.behave(parseBehaviourWords(words));
const start = (at: TestIam, more: Record<string, string> = {}) =>
  at.post('/devicecode', { client_id: DEVICE_CLIENT.id, ...more });
const poll = (at: TestIam, device_code: unknown, more: Record<string, string> = {}) =>
  at.post('/token', { grant_type: DEVICE_GRANT, device_code: String(device_code), ...more }, AUTHORIZATION);
const refresh = (at: TestIam, refresh_token: unknown, more: Record<string, string> = {}) =>
  at.post(
    '/token',
    { grant_type: 'refresh_token', refresh_token: String(refresh_token), ...more },
    AUTHORIZATION,
  );
async function logIn(at: TestIam, more: Record<string, string> = {}): Promise<Json> {
  const { device_code, user_code } = await json(await start(at, { ...CHALLENGE, ...more }));
  at.control.decide(String(user_code), { user: 'test', approve: true });
  return json(await poll(at, device_code, { code_verifier: VERIFIER }));
}
const introspect = async (token: unknown) =>
  json(await iam.post('/introspect', { token: String(token) }, AUTHORIZATION));

describe('a rule about the answer', () => {
  it('removes, adds and renames members, and writes numbers as text', async () => {
    behave(
      'endpoint=/devicecode,omit=verification_uri_complete user_code,rename.verification_uri=verification_url,add.message=at $issuer,add.retries=3,interval=7,as_text=interval expires_in retries',
    );
    expect(await json(await start(iam))).toEqual({
      device_code: expect.any(String),
      verification_url: `${iam.issuer}device`,
      expires_in: '600',
      interval: '7',
      message: `at ${iam.issuer}`,
      retries: '3',
    });
  });

  it('renames or removes scopes', async () => {
    behave('endpoint=/token,scope_names.email=https://example.org/email,scope_names.offline_access=');
    const { scope } = await logIn(iam, { scope: 'openid email offline_access' });
    expect(scope).toBe('openid https://example.org/email');
  });

  it('changes the status of a success', async () => {
    behave('endpoint=/token,success_status=201');
    const { device_code, user_code } = await json(await start(iam));
    expect((await poll(iam, device_code)).status).toBe(400);
    iam.control.decide(String(user_code), { user: 'test', approve: true });
    expect((await poll(iam, device_code)).status).toBe(201);
  });

  it('changes status, name and members of errors', async () => {
    behave(
      'errors.authorization_pending.status=428,errors.authorization_pending.error_codes=70016,errors.invalid_token.error=invalid_grant,errors.any.status=200',
    );
    const { device_code } = await json(await start(iam));
    const pending = { error: 'authorization_pending', error_codes: 70016 };
    expect(await answerOf(await poll(iam, device_code))).toMatchObject([428, pending]);
    const response = await refresh(iam, 'unknown');
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect(await answerOf(response)).toMatchObject([200, { error: 'invalid_grant' }]);
  });

  it('refuses with JSON instead of processing', async () => {
    behave('endpoint=/devicecode,refuse.status=403,refuse.errorCode=E1');
    expect(await answerOf(await start(iam))).toEqual([403, { errorCode: 'E1' }]);
  });

  it('processes another path', async () => {
    behave('endpoint=/realms/x,path=/.well-known,add.issuer=$issuerrealms/x');
    const document = await json(await iam.fetch('/realms/x/openid-configuration'));
    expect(document).toMatchObject({
      issuer: `${iam.issuer}realms/x`,
      token_endpoint: `${iam.issuer}token`,
    });
  });
});

describe('a setting', () => {
  it('openid: every client may request it, and no registration lists it', async () => {
    behave('openid=unlisted');
    const client = await iam.newDeviceClient('openid offline_access');
    expect(client).toHaveProperty('scope', 'offline_access');
    const other = await iam.newDeviceClient('offline_access');
    const answer = await iam.post('/devicecode', { client_id: other.id, scope: 'openid offline_access' });
    expect(answer.status).toBe(200);
    behave('openid=refused');
    const grant_types = [DEVICE_GRANT];
    const refused = await iam.register({ client_name: 'refused', grant_types, scope: 'openid email' });
    expect(await answerOf(refused)).toEqual([
      403,
      {
        error: 'insufficient_scope',
        error_description: expect.stringMatching(/^Policy 'Allowed Client Scopes' rejected request/),
      },
    ]);
    expect(await iam.newDeviceClient('email offline_access')).toHaveProperty('scope', 'email offline_access');
  });

  it('pkce: a device must send the verifier of its challenge', async () => {
    behave('pkce=required');
    expect(await answerOf(await start(iam))).toEqual([
      400,
      { error: 'invalid_request', error_description: 'Missing parameter: code_challenge_method' },
    ]);
    const { device_code, user_code } = await json(await start(iam, CHALLENGE));
    iam.control.decide(String(user_code), { user: 'test', approve: true });
    for (const proof of [{}, { code_verifier: `${VERIFIER}x` }]) {
      expect(await answerOf(await poll(iam, device_code, proof))).toMatchObject([
        400,
        { error: 'invalid_grant' },
      ]);
    }
    expect((await poll(iam, device_code, { code_verifier: VERIFIER })).status).toBe(200);
    const query =
      'client_id=client&response_type=code&redirect_uri=http://localhost:9876/callback&scope=openid';
    const answer = await iam.fetch(`/authorize?${query}&prompt=none`);
    expect(answer.headers.get('location')).toMatch(/error=invalid_request&.*PKCE/);
  });

  it('audience: jeton-iam ignores the requested audience', async () => {
    behave('audience=ignored');
    const { refresh_token } = await logIn(iam);
    const more = { audience: 'se.example', resource: 'no URL' };
    const answer = await json(await refresh(iam, refresh_token, more));
    expect(decodeJwt(String(answer.access_token)).aud).toBe('https://wlcg.cern.ch/jwt/v1/any');
  });

  it('refresh_scope: the answer lists the scopes of the login, not those of the token', async () => {
    behave('refresh_scope=login');
    const tokens = await logIn(iam, { scope: 'openid offline_access compute.read' });
    const answer = await json(await refresh(iam, tokens.refresh_token, { scope: 'compute.read' }));
    expect(answer.scope).toBe('openid offline_access compute.read');
    expect(decodeJwt(String(answer.access_token)).scope).toBe('compute.read');
  });

  it('introspection: the token is not active for a client outside its audience', async () => {
    const token = (await logIn(iam)).access_token;
    const own = (await logIn(iam, { audience: DEVICE_CLIENT.id })).access_token;
    expect(await introspect(token)).toMatchObject({ active: true });
    behave('introspection=audience');
    expect(await introspect(token)).toEqual({ active: false });
    expect(await introspect(own)).toMatchObject({ active: true, aud: DEVICE_CLIENT.id });
  });

  it('refresh_token: every login gives one', async () => {
    expect(await logIn(iam, { scope: 'openid' })).not.toHaveProperty('refresh_token');
    behave('refresh_token=always');
    const { refresh_token } = await logIn(iam, { scope: 'openid' });
    expect((await refresh(iam, refresh_token)).status).toBe(200);
  });

  it('access_token: it can be opaque', async () => {
    behave('access_token=opaque');
    const { access_token } = await logIn(iam);
    expect(() => decodeJwt(String(access_token))).toThrow();
    const authorization = `Bearer ${access_token}`;
    expect((await iam.fetch('/userinfo', { headers: { authorization } })).status).toBe(200);
  });

  it('grace: a replaced refresh token works for a while, and later use of it counts as theft', async () => {
    behave('rotation=detect-reuse,grace=30');
    const first = (await logIn(iam)).refresh_token;
    const second = (await json(await refresh(iam, first))).refresh_token;
    const third = (await json(await refresh(iam, first))).refresh_token;
    expect(new Set([first, second, third]).size).toBe(3);
    iam.later(31);
    expect((await refresh(iam, second)).status).toBe(200);
    expect((await refresh(iam, first)).status).toBe(401);
    expect((await refresh(iam, third)).status).toBe(401);
  });

  it('grace: the revocation of one refresh token ends those that it replaced', async () => {
    behave('rotation=rotate,grace=30');
    const first = (await logIn(iam)).refresh_token;
    const second = (await json(await refresh(iam, first))).refresh_token;
    expect(second).not.toBe(first);
    await iam.post('/revoke', { token: String(second) }, AUTHORIZATION);
    expect((await refresh(iam, first)).status).toBe(401);
  });
});

/** An IAM that imitates an issuer. */
const like = (name: IssuerName) => testIam({ like: name });
const discovery = async (at: TestIam) => json(await at.fetch('/.well-known/openid-configuration'));
/** The errors for a device before the user has decided and after the user has refused, and for a dead refresh token. */
async function refusals(at: TestIam) {
  const { device_code, user_code } = await json(await start(at, CHALLENGE));
  const proof = { code_verifier: VERIFIER };
  const pending = await answerOf(await poll(at, device_code, proof));
  at.control.decide(String(user_code), { user: 'test', approve: false });
  const denied = await answerOf(await poll(at, device_code, proof));
  return { pending, denied, dead: await answerOf(await refresh(at, 'dead')) };
}

describe('like keycloak', () => {
  const keycloak = like('keycloak');

  it('refuses to register openid, requires PKCE, and lists the scopes of the login', async () => {
    const { registration_endpoint, scim_endpoint } = await discovery(keycloak);
    expect(scim_endpoint).toBeUndefined();
    const register = (scope: string) =>
      fetch(String(registration_endpoint), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ client_name: 'some client', grant_types: [DEVICE_GRANT], scope }),
      });
    expect((await register('openid offline_access')).status).toBe(403);
    expect(await answerOf(await register('offline_access'))).toMatchObject([
      201,
      { scope: 'offline_access' },
    ]);
    expect((await start(keycloak)).status).toBe(400);
    const tokens = await logIn(keycloak, { scope: 'openid offline_access email' });
    expect(tokens).toMatchObject({ refresh_expires_in: 0, 'not-before-policy': 0 });
    const answer = await json(
      await refresh(keycloak, tokens.refresh_token, { scope: 'email', audience: 'se.example' }),
    );
    expect(answer.scope).toBe('openid offline_access email');
    expect(decodeJwt(String(answer.access_token))).toMatchObject({ scope: 'email' });
    expect(decodeJwt(String(answer.access_token)).aud).toBeUndefined();
    expect((await refresh(keycloak, tokens.refresh_token)).status).toBe(200);
    expect(answer.refresh_token).not.toBe(tokens.refresh_token);
    expect(await refusals(keycloak)).toMatchObject({
      pending: [400, { error: 'authorization_pending' }],
      denied: [400, { error: 'access_denied' }],
      dead: [400, { error: 'invalid_grant' }],
    });
  });
});

describe('like entra', () => {
  const entra = like('entra');

  it('has no registration, a common document for all tenants, and errors with numbers', async () => {
    expect(await discovery(entra)).not.toHaveProperty('registration_endpoint');
    expect((await entra.register({ client_name: 'some client' })).status).toBe(404);
    const common = await json(await entra.fetch('/common/v2.0/.well-known/openid-configuration'));
    expect(common.issuer).toBe(`${entra.issuer}{tenantid}/v2.0`);
    expect(common).not.toHaveProperty('registration_endpoint');
    expect(await json(await start(entra))).not.toHaveProperty('verification_uri_complete');
    const tokens = await logIn(entra, { scope: 'openid offline_access email' });
    expect(tokens).toMatchObject({ ext_expires_in: 3599, scope: 'openid email' });
    const numbers = { trace_id: expect.any(String), error_codes: expect.any(Array) };
    expect(await refusals(entra)).toMatchObject({
      pending: [400, { error: 'authorization_pending', ...numbers, error_codes: [70016] }],
      denied: [400, { error: 'authorization_declined' }],
      dead: [400, { error: 'invalid_grant', ...numbers }],
    });
    expect((await json(await poll(entra, 'unknown'))).error).toBe('bad_verification_code');
  });
});

describe('like google', () => {
  const google = like('google');

  it('has its own statuses for polls, and other names of scopes', async () => {
    expect(await discovery(google)).not.toHaveProperty('registration_endpoint');
    const device = await json(await start(google));
    expect(device).toMatchObject({
      verification_url: `${google.issuer}device`,
      expires_in: 1800,
      interval: 5,
    });
    expect(device).not.toHaveProperty('verification_uri');
    const offline = await answerOf(await start(google, { scope: 'openid offline_access' }));
    expect(offline).toMatchObject([400, { error: 'invalid_scope' }]);
    const tokens = await logIn(google, { scope: 'openid email' });
    expect(tokens.scope).toBe('openid https://www.googleapis.com/auth/userinfo.email');
    const again = await json(await refresh(google, tokens.refresh_token, { scope: String(tokens.scope) }));
    expect(again.scope).toBe(tokens.scope);
    expect(again).not.toHaveProperty('refresh_token');
    expect((await refresh(google, tokens.refresh_token)).status).toBe(200);
    expect(await refusals(google)).toMatchObject({
      pending: [428, { error: 'authorization_pending', error_description: 'Precondition Required' }],
      denied: [403, { error: 'access_denied', error_description: 'Forbidden' }],
      dead: [400, { error: 'invalid_grant' }],
    });
  });
});

describe('like okta', () => {
  const okta = like('okta');

  it('registers for administrators only, and accepts a replaced refresh token for 30 seconds', async () => {
    const { registration_endpoint } = await discovery(okta);
    const refused = await fetch(String(registration_endpoint), { method: 'POST', body: '{}' });
    expect(await answerOf(refused)).toMatchObject([403, { errorCode: 'E0000005' }]);
    const first = (await logIn(okta)).refresh_token;
    expect((await refresh(okta, first)).status).toBe(200);
    expect((await refresh(okta, first)).status).toBe(200);
    okta.later(31);
    expect(await answerOf(await refresh(okta, first))).toMatchObject([400, { error: 'invalid_grant' }]);
  });
});

describe('like egi-checkin', () => {
  const egi = like('egi-checkin');

  it('has the scopes of researchers, and refuses registrations', async () => {
    const { registration_endpoint, scopes_supported } = await discovery(egi);
    expect(scopes_supported).toEqual(expect.arrayContaining(['voperson_id', 'eduperson_entitlement']));
    const refused = await fetch(String(registration_endpoint), { method: 'POST', body: '{}' });
    expect((await answerOf(refused))[1].error_description).toContain('Trusted Hosts');
    const tokens = await logIn(egi, { scope: 'openid offline_access voperson_id' });
    expect(decodeJwt(String(tokens.access_token)).scope).toBe('openid offline_access voperson_id');
  });
});

describe('an issuer by its name', () => {
  it('is overridden by other options', () => {
    const rule = { endpoint: '/token', status: 503 };
    const options = likenessTo('okta', {
      profile: 'wlcg',
      lifetimes: { accessToken: 60 },
      behaviour: { grace: 5, rules: [rule] },
    });
    expect(options).toMatchObject({ profile: 'wlcg', lifetimes: { accessToken: 60 } });
    expect(options.behaviour).toMatchObject({ rotation: 'detect-reuse', grace: 5 });
    expect(options.behaviour?.rules?.[0]).toBe(rule);
  });

  it.each(issuerNames)('%s can be in the configuration, too', async (name) => {
    const { parseConfig } = await import('../../src/config/config.ts');
    expect(parseConfig(`like: ${name}`, 'iam.yaml').like).toBe(name);
  });
});
