import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { iamSettings } from '../../src/behaviour/settings.ts';
import { answerOf, basic, DEVICE_GRANT, deviceTokens, json, testIam } from '../support/test-iam.ts';

const iam = testIam();

afterEach(() => {
  iam.control.behave();
  iam.control.clearRequests();
});

const DEVICE_CLIENT = { id: 'device-code-client', secret: 'secret' };
const start = () => form('/devicecode', { client_id: DEVICE_CLIENT.id });
const form = async (path: string, form: Record<string, string>) => json(await iam.post(path, form));
const token = (client_id = 'client-cred', more: Record<string, string> = {}) =>
  iam.post('/token', { grant_type: 'client_credentials', client_id, client_secret: 'secret', ...more });
const poll = (device_code: unknown) =>
  iam.post(
    '/token',
    { grant_type: DEVICE_GRANT, device_code: String(device_code) },
    basic(DEVICE_CLIENT.id, DEVICE_CLIENT.secret),
  );
const errorOf = async (response: Response) => (await json(response)).error;

/** A device flow that is approved by the test instead of a person. */
async function approvedTokens() {
  const { device_code, user_code } = await start();
  iam.control.decide(String(user_code), { user: 'test', approve: true });
  return json(await poll(device_code));
}
const refresh = (refresh_token: unknown) =>
  iam.post(
    '/token',
    { grant_type: 'refresh_token', refresh_token: String(refresh_token) },
    basic(DEVICE_CLIENT.id, DEVICE_CLIENT.secret),
  );

describe('a rule', () => {
  it('happens to as many requests as it says, and then no more', async () => {
    iam.control.behave({ rules: [{ endpoint: '/token', status: 503, times: 2 }] });
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await token()).status);
    expect(statuses).toEqual([503, 503, 200]);
    expect(iam.control.behaviour.rules).toEqual([]);
  });

  it('happens to one endpoint, one client and one grant', async () => {
    iam.control.behave({ rules: [{ endpoint: '/token', client: 'client', status: 502 }] });
    expect((await token('client-cred')).status).toBe(200);
    expect((await token('client')).status).toBe(502);
    expect((await iam.post('/token', {}, basic('client', 'secret'))).status).toBe(502);
    expect((await iam.fetch('/authorize?client_id=client&response_type=code')).status).toBe(303);
    iam.control.behave({ rules: [{ grant: 'refresh_token', status: 500 }] });
    expect((await token()).status).toBe(200);
    expect((await refresh('x')).status).toBe(500);
    iam.control.behave({ rules: [{ endpoint: '/iam', status: 500 }] });
    expect((await iam.register({ client_name: 'some name' })).status).toBe(500);
  });

  it('comes in a list, of which the first that fits decides', async () => {
    iam.control.behave({
      rules: [
        { endpoint: '/token', status: 500, times: 1 },
        { endpoint: '/token', status: 503, times: 1 },
      ],
    });
    expect([(await token()).status, (await token()).status, (await token()).status]).toEqual([500, 503, 200]);
  });

  it('decides together with others that say something else, and counts when it says something', async () => {
    iam.control.behave({
      rules: [
        { poll: 'slow_down', times: 1 },
        { poll: 'access_denied', times: 1 },
        { endpoint: '/token', errors: { slow_down: { status: 403 } } },
        { errors: { slow_down: { status: 500, hint: 'wait' }, any: { status: 200 } } },
      ],
    });
    const { device_code } = await start();
    const polls = [];
    for (let n = 0; n < 3; n += 1) polls.push(await answerOf(await poll(device_code)));
    expect(polls).toMatchObject([
      [403, { error: 'slow_down', hint: 'wait' }],
      [200, { error: 'access_denied' }],
      [200, { error: 'authorization_pending' }],
    ]);
    expect(iam.control.behaviour.rules).toHaveLength(2);
  });

  it('can make an answer late, before and after the work', async () => {
    const timed = async (rule: { delay_before?: number; delay_after?: number }) => {
      iam.control.behave({ rules: [rule] });
      const begin = performance.now();
      expect((await token()).status).toBe(200);
      return performance.now() - begin;
    };
    expect(await timed({ delay_before: 120, delay_after: 120 })).toBeGreaterThan(235);
  });

  it('can drop the connection before the work is done', async () => {
    const { device_code, user_code } = await start();
    iam.control.decide(String(user_code), { user: 'test', approve: true });
    iam.control.behave({ rules: [{ endpoint: '/token', drop: 'before', times: 1 }] });
    await expect(poll(device_code)).rejects.toThrow('fetch failed');
    expect((await poll(device_code)).status).toBe(200);
    expect(iam.control.requests.map(({ status }) => status)).toEqual([200, null, 200]);
  });

  it('can drop the connection after the work is done', async () => {
    const { device_code, user_code } = await start();
    iam.control.decide(String(user_code), { user: 'test', approve: true });
    iam.control.behave({ rules: [{ endpoint: '/token', drop: 'after', times: 1 }] });
    await expect(poll(device_code)).rejects.toThrow('fetch failed');
    expect(await errorOf(await poll(device_code))).toBe('invalid_grant');
  });

  it('can spoil the body', async () => {
    const bodyAs = async (body: 'html' | 'half' | 'empty') => {
      iam.control.behave({ rules: [{ body }] });
      const response = await token();
      expect(response.status).toBe(200);
      return [response.headers.get('content-type'), await response.text()];
    };
    expect(await bodyAs('html')).toEqual([
      expect.stringContaining('text/html'),
      expect.stringMatching(/^<html>/),
    ]);
    const [type, half = ''] = await bodyAs('half');
    expect(type).toContain('application/json');
    expect(half).toMatch(/^\{"access_token":/);
    expect(() => JSON.parse(String(half))).toThrow();
    expect((await bodyAs('empty'))[1]).toBe('');
  });

  it('can spoil the body of an error too', async () => {
    iam.control.behave({ rules: [{ body: 'half' }] });
    const response = await refresh('unknown');
    expect(response.status).toBe(401);
    expect(await response.text()).toMatch(/^\{"error":"invalid_token"[^}]*$/);
  });

  it('can add an interval to the answer that a device gets, and take members away', async () => {
    iam.control.behave({ rules: [{ interval: 7, omit: 'expires_in' }] });
    const code = await start();
    expect(code).toMatchObject({ interval: 7, user_code: expect.any(String) });
    expect(code).not.toHaveProperty('expires_in');
    iam.control.behave({ rules: [{ endpoint: '/token', omit: 'expires_in' }] });
    expect(await json(await token())).not.toHaveProperty('expires_in');
    expect(await start()).toHaveProperty('expires_in', 600);
  });

  it.each(['slow_down', 'access_denied', 'expired_token', 'authorization_pending'] as const)(
    'can answer polls with %s',
    async (error) => {
      const { device_code, user_code } = await start();
      iam.control.decide(String(user_code), { user: 'test', approve: true });
      iam.control.behave({ rules: [{ poll: error, times: 1 }] });
      expect((await token()).status).toBe(200);
      const response = await poll(device_code);
      expect([response.status, await errorOf(response)]).toEqual([400, error]);
      expect((await poll(device_code)).status).toBe(200);
    },
  );
});

describe('refresh tokens', () => {
  it('stay as they are, as with IAM', async () => {
    const tokens = await approvedTokens();
    const answer = await json(await refresh(tokens.refresh_token));
    expect(answer.refresh_token).toBe(tokens.refresh_token);
  });

  it('are replaced when they are to rotate, and the old one is dead', async () => {
    iam.control.behave({ rotation: 'rotate' });
    const tokens = await approvedTokens();
    const second = await json(await refresh(tokens.refresh_token));
    expect(second.refresh_token).not.toBe(tokens.refresh_token);
    const reuse = await refresh(tokens.refresh_token);
    expect([reuse.status, await errorOf(reuse)]).toEqual([401, 'invalid_token']);
    const third = await json(await refresh(second.refresh_token));
    expect(third).toMatchObject({ scope: tokens.scope, refresh_token: expect.any(String) });
    expect(iam.control.revokedFamilies).toEqual([]);
  });

  it('all end when an old one is used again and reuse is watched for', async () => {
    iam.control.behave({ rotation: 'detect-reuse' });
    const [tokens, others] = [await approvedTokens(), await approvedTokens()];
    const second = await json(await refresh(tokens.refresh_token));
    expect(iam.control.revokedFamilies).toEqual([]);
    for (const token of [tokens, second, tokens]) {
      expect((await refresh(token.refresh_token)).status).toBe(401);
    }
    expect(iam.control.revokedFamilies).toEqual([
      { family: expect.any(String), clientId: DEVICE_CLIENT.id, time: expect.any(Number) },
    ]);
    const active = await iam.post(
      '/introspect',
      { token: String(second.access_token) },
      basic(DEVICE_CLIENT.id, DEVICE_CLIENT.secret),
    );
    expect(await json(active)).toEqual({ active: false });
    expect((await refresh(others.refresh_token)).status).toBe(200);
  });

  it('are lost to a client whose connection drops after the rotation', async () => {
    const tokens = await approvedTokens();
    iam.control.behave({
      rotation: 'detect-reuse',
      rules: [{ grant: 'refresh_token', drop: 'after', times: 1 }],
    });
    const before = iam.control.revokedFamilies.length;
    await expect(refresh(tokens.refresh_token)).rejects.toThrow('fetch failed');
    expect((await refresh(tokens.refresh_token)).status).toBe(401);
    expect(iam.control.revokedFamilies).toHaveLength(before + 1);
  });
});

describe('the clock', () => {
  it('can be wrong', async () => {
    const issuedAt = async () => {
      const [, claims = ''] = String((await json(await token())).access_token).split('.');
      const { iat } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iat: number };
      return iat - Date.now() / 1000;
    };
    iam.control.behave({ clock: -7200 });
    expect(await issuedAt()).toBeCloseTo(-7200, -1);
    iam.control.behave({ clock: 7200 });
    expect(await issuedAt()).toBeCloseTo(7200, -1);
  });

  it('can be moved on while a device waits', async () => {
    const { device_code } = await start();
    iam.control.behave({ clock: 601 });
    expect(await errorOf(await poll(device_code))).toBe('expired_token');
  });
});

describe('a decision about a device code', () => {
  it('approves in the name of a user', async () => {
    const tokens = await approvedTokens();
    const [, claims = ''] = String(tokens.access_token).split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      sub: '80e5fb8d-b7c8-451a-89ba-346ae278a66f',
    });
  });

  it('refuses, of which the device hears only if it is to', async () => {
    const { device_code, user_code } = await start();
    const decision = { user: 'test', approve: false };
    iam.control.decide(String(user_code), decision);
    expect(await errorOf(await poll(device_code))).toBe('authorization_pending');
    iam.control.behave({ denial: 'access_denied' });
    iam.control.decide(String(user_code), decision);
    expect(await errorOf(await poll(device_code))).toBe('access_denied');
    expect(await errorOf(await poll(device_code))).toBe('invalid_grant');
  });

  it('is refused for codes and people that there are not', async () => {
    expect(() => iam.control.decide('NOCODE', { user: 'test', approve: true })).toThrow('not found');
    const { user_code } = await start();
    expect(() => iam.control.decide(String(user_code), { user: 'nobody', approve: true })).toThrow(
      "no user 'nobody'",
    );
  });
});

describe('the log of requests', () => {
  it('knows client, grant and status, and no secret', async () => {
    const tokens = await deviceTokens(iam, DEVICE_CLIENT, undefined, { secret: 'SECRET' });
    expect(tokens.error).toBe('authorization_pending');
    await token('client-cred', { client_secret: 'SECRET' });
    await iam.fetch('/device?user_code=SECRET');
    const time = expect.any(Number);
    expect(iam.control.requests).toEqual([
      { time, method: 'POST', path: '/devicecode', client: DEVICE_CLIENT.id, status: 200 },
      { time, method: 'POST', path: '/token', client: DEVICE_CLIENT.id, grant: DEVICE_GRANT, status: 400 },
      {
        time,
        method: 'POST',
        path: '/token',
        client: 'client-cred',
        grant: 'client_credentials',
        status: 401,
      },
      { time, method: 'GET', path: '/device', status: 303 },
    ]);
    expect(JSON.stringify(iam.control.requests)).not.toContain('SECRET');
  });
});

describe('/dev/', () => {
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    iam.fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

  it('sets, tells and resets the behaviour', async () => {
    const rules = [{ endpoint: '/token', status: 503, times: 2 }];
    expect((await send('PUT', '/dev/behaviour', { rotation: 'rotate', rules })).status).toBe(200);
    await token();
    expect(await json(await send('GET', '/dev/behaviour'))).toEqual({
      ...iamSettings,
      rotation: 'rotate',
      rules: [{ endpoint: '/token', status: 503, times: 1 }],
    });
    expect((await send('DELETE', '/dev/behaviour')).status).toBe(204);
    expect((await token()).status).toBe(200);
  });

  it.each([
    [{ rules: [{ endpoint: 'token', status: 503 }] }, 'rules.0.endpoint must be a path such as /token'],
    [{ rules: [{ status: 200 }] }, 'rules.0.status must be at least 400'],
    [{ rules: [{ endpoint: '/token' }] }, /^rules\.0 must have one of delay_before, /],
    [{ rules: [{ status: 500, tiems: 1 }] }, 'rules.0.tiems is not part of a rule'],
    [{ clok: 1 }, 'clok is not a setting'],
    [{ rotation: 'yes' }, 'rotation must be none, rotate or detect-reuse'],
    [[], 'behaviour must be an object'],
  ])('says what is wrong with %j, and changes nothing', async (body, message) => {
    iam.control.behave({ clock: 1 });
    const response = await send('PUT', '/dev/behaviour', body);
    expect(await answerOf(response)).toEqual([
      400,
      { error: typeof message === 'string' ? message : expect.stringMatching(message) },
    ]);
    expect(iam.control.behaviour.clock).toBe(1);
  });

  it('decides device codes', async () => {
    const { device_code, user_code } = await start();
    const path = `/dev/device-codes/${user_code}`;
    expect((await send('POST', path, { user: 'test' })).status).toBe(400);
    expect((await send('POST', path, { user: 'nobody', approve: true })).status).toBe(400);
    expect((await send('POST', '/dev/device-codes/NOCODE', { user: 'test', approve: true })).status).toBe(
      404,
    );
    expect((await send('POST', path, { user: 'test', approve: true })).status).toBe(204);
    expect((await poll(device_code)).status).toBe(200);
  });

  it('has the log of requests and the revoked families, and is not in the log itself', async () => {
    await token();
    const { requests } = await json(await send('GET', '/dev/requests'));
    expect(requests).toEqual([expect.objectContaining({ path: '/token', status: 200 })]);
    expect((await send('DELETE', '/dev/requests')).status).toBe(204);
    expect(iam.control.requests).toEqual([]);
    expect(await json(await send('GET', '/dev/revoked-families'))).toEqual({ families: expect.any(Array) });
  });

  it('is not subject to the rules that it sets', async () => {
    iam.control.behave({ rules: [{ status: 500 }] });
    expect((await send('DELETE', '/dev/behaviour')).status).toBe(204);
  });

  it('is closed to web pages and to proxies', async () => {
    const foreign = { origin: 'https://app.example' };
    expect((await send('GET', '/dev/behaviour', undefined, foreign)).status).toBe(403);
    expect((await send('OPTIONS', '/dev/behaviour', undefined, foreign)).status).toBe(403);
    expect((await send('GET', '/dev/requests', undefined, { 'x-forwarded-for': '192.0.2.1' })).status).toBe(
      403,
    );
    const rebound = await new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: iam.port, path: '/dev/requests' };
      request({ ...options, headers: { host: `app.example:${iam.port}` } }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(rebound).toBe(403);
  });
});

describe('/dev/ of an IAM with a token for it', () => {
  const guarded = testIam({ controlToken: 'a-token-of-some-length' });
  const send = (headers: Record<string, string>) => guarded.fetch('/dev/requests', { headers });

  it('is for programs that have it, also through a proxy', async () => {
    const authorization = 'Bearer a-token-of-some-length';
    expect((await send({ authorization })).status).toBe(200);
    expect((await send({ authorization, 'x-forwarded-for': '192.0.2.1' })).status).toBe(200);
  });

  it.each([
    {},
    { authorization: 'Bearer ' },
    { authorization: 'Bearer another-token-of-it' },
    { authorization: 'Basic YTphLXRva2VuLW9mLXNvbWUtbGVuZ3Ro' },
    { cookie: 'token=a-token-of-some-length' },
  ])('is closed to others, and says what it needs: %j', async (headers) => {
    const response = await send(headers);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(await answerOf(response)).toEqual([
      401,
      { error: 'This needs the token of --control-token-file: "Authorization: Bearer TOKEN"' },
    ]);
  });

  it('is closed to web pages, even with the token', async () => {
    const authorization = 'Bearer a-token-of-some-length';
    expect((await send({ authorization, origin: new URL(guarded.issuer).origin })).status).toBe(403);
    const preflight = { origin: 'https://app.example', 'access-control-request-method': 'GET' };
    expect((await guarded.fetch('/dev/requests', { method: 'OPTIONS', headers: preflight })).status).toBe(
      403,
    );
  });
});

describe('/dev/ of an IAM that other machines can reach', () => {
  const open = testIam({ host: '0.0.0.0' });
  const guarded = testIam({ host: '0.0.0.0', controlToken: 'a-token-of-some-length' });
  const local = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${open.port}${path}`, { headers });

  it('is off without a token, and says how to get one', async () => {
    const forwarded = { 'x-forwarded-for': '127.0.0.1' };
    for (const headers of [{}, { authorization: 'Bearer ' }, forwarded]) {
      expect(await answerOf(await local('/dev/requests', headers))).toEqual([
        403,
        { error: expect.stringContaining('start it with --control-token-file FILE') },
      ]);
    }
    expect((await local('/jwk')).status).toBe(200);
  });

  it('is there with the token', async () => {
    const authorization = 'Bearer a-token-of-some-length';
    const at = `http://127.0.0.1:${guarded.port}/dev/requests`;
    expect((await fetch(at, { headers: { authorization } })).status).toBe(200);
  });
});
