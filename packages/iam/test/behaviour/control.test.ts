import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { iamSettings } from '../../src/behaviour/settings.ts';
import { DEVICE_CLIENT, errorOf, misbehavingIam } from '../support/misbehaving-iam.ts';
import { answerOf, DEVICE_GRANT, deviceTokens, json, testIam } from '../support/test-iam.ts';

const { iam, token, start, poll, approvedTokens } = misbehavingIam();

describe('a decision about a device code', () => {
  it('approves in the name of a user', async () => {
    const tokens = await approvedTokens();
    const [, claims = ''] = String(tokens.access_token).split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      sub: '80e5fb8d-b7c8-451a-89ba-346ae278a66f',
    });
  });

  it('refuses, and the device learns it only with the setting denial', async () => {
    const { device_code, user_code } = await start();
    const decision = { user: 'test', approve: false };
    iam.control.decide(String(user_code), decision);
    expect(await errorOf(await poll(device_code))).toBe('authorization_pending');
    iam.control.behave({ denial: 'access_denied' });
    iam.control.decide(String(user_code), decision);
    expect(await errorOf(await poll(device_code))).toBe('access_denied');
    expect(await errorOf(await poll(device_code))).toBe('invalid_grant');
  });

  it('fails for unknown codes and unknown users', async () => {
    expect(() => iam.control.decide('NOCODE', { user: 'test', approve: true })).toThrow('not found');
    const { user_code } = await start();
    expect(() => iam.control.decide(String(user_code), { user: 'nobody', approve: true })).toThrow(
      "no user 'nobody'",
    );
  });
});

describe('the log of requests', () => {
  it('has client, grant and status, and no secret', async () => {
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

  it('sets, returns and resets the behaviour', async () => {
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
    [{ rules: [{ status: 500, tiems: 1 }] }, 'rules.0.tiems is not part of a rule; did you mean times?'],
    [{ clok: 1 }, 'clok is not a setting; did you mean clock?'],
    [{ rotation: 'yes' }, 'rotation must be none, rotate or detect-reuse'],
    [[], 'behaviour must be an object'],
  ])('reports the mistake in %j, and changes nothing', async (body, message) => {
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

  it('refuses web pages and proxies', async () => {
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

  it('answers programs that have it, also through a proxy', async () => {
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
  ])('refuses other requests, and says what it needs: %j', async (headers) => {
    const response = await send(headers);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(await answerOf(response)).toEqual([
      401,
      { error: 'This needs the token of --control-token-file: "Authorization: Bearer TOKEN"' },
    ]);
  });

  it('refuses web pages, even with the token', async () => {
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

  it('is off without a token, and says how to set one', async () => {
    const forwarded = { 'x-forwarded-for': '127.0.0.1' };
    for (const headers of [{}, { authorization: 'Bearer ' }, forwarded]) {
      expect(await answerOf(await local('/dev/requests', headers))).toEqual([
        403,
        { error: expect.stringContaining('start it with --control-token-file FILE') },
      ]);
    }
    expect((await local('/jwk')).status).toBe(200);
  });

  it('works with the token', async () => {
    const authorization = 'Bearer a-token-of-some-length';
    const at = `http://127.0.0.1:${guarded.port}/dev/requests`;
    expect((await fetch(at, { headers: { authorization } })).status).toBe(200);
  });
});
