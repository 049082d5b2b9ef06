import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Answer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import type { Clock } from '../../concurrency/clock.ts';
import { Secret } from '../../secret.ts';
import { type DeviceAuthorization, pollForTokens, startDeviceAuthorization } from './device.ts';

const client = { clientId: 'c-1', clientSecret: new Secret('slow'), method: 'client_secret_basic' } as const;
const device: DeviceAuthorization = {
  deviceCode: new Secret('the-device-code'),
  verifier: new Secret('the-verifier'),
  userCode: 'ABC123',
  verificationUri: 'https://issuer.example/device',
  verificationUriComplete: undefined,
  expiresIn: 600,
  interval: 5,
};
const pending: Answer = { status: 400, json: { error: 'authorization_pending', error_description: 'wait' } };
const slowDown: Answer = { status: 400, json: { error: 'slow_down' } };
const tokens: Answer = {
  json: { access_token: 'at', token_type: 'Bearer', expires_in: 3599, refresh_token: 'rt' },
};
const dropped: Answer = (_request, response) => response.destroy();

/** A clock that never waits: sleeping moves it on. */
function virtualClock(): Pick<Clock, 'steady' | 'sleep'> & { waits: number[] } {
  let now = 0;
  const waits: number[] = [];
  return {
    waits,
    steady: () => now,
    sleep: async (seconds) => {
      waits.push(seconds);
      now += seconds;
    },
  };
}

async function poll(answers: Answer[], change: Partial<DeviceAuthorization> = {}, audience?: string) {
  const clock = virtualClock();
  const issuer = await scriptedIssuer({ '/token': answers });
  const result = pollForTokens({
    metadata: issuer.metadata,
    client,
    scope: 'openid',
    device: { ...device, ...change },
    clock,
    audience,
  });
  return { result, clock, issuer };
}

test('polling goes on while the authorization is pending, once per interval', async () => {
  const { result, clock, issuer } = await poll([pending, pending, tokens]);
  const { accessToken, refreshToken } = await result;
  expect([accessToken.reveal(), refreshToken?.reveal()]).toEqual(['at', 'rt']);
  expect(clock.waits).toEqual([5, 5, 5]);
  expect(issuer.requests[0]?.form).toEqual({
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: 'the-device-code',
    code_verifier: 'the-verifier',
  });
});

test('slow_down adds five seconds to all later waits, whatever status it and a pending login have', async () => {
  const google: Answer[] = [
    { ...slowDown, status: 403 },
    { ...pending, status: 428 },
  ];
  const { result, clock } = await poll([slowDown, pending, ...google, tokens]);
  await result;
  expect(clock.waits).toEqual([5, 10, 10, 15, 15]);
});

test('a broken connection or a server error doubles the wait up to a minute, until there is an answer', async () => {
  const unavailable: Answer = { status: 503, text: '<html>try later</html>' };
  const { result, clock } = await poll([
    dropped,
    unavailable,
    dropped,
    unavailable,
    dropped,
    pending,
    tokens,
  ]);
  await result;
  expect(clock.waits).toEqual([5, 10, 20, 40, 60, 60, 5]);
});

test('the next poll follows after the time that the issuer names, within reason', async () => {
  const retryAfter = (status: number, seconds: string, json?: object): Answer => ({
    status,
    headers: { 'retry-after': seconds },
    ...(json && { json }),
  });
  const date = new Date(Date.now() + 90_000).toUTCString();
  const { result, clock } = await poll(
    [
      retryAfter(429, '20'),
      retryAfter(503, '3600'),
      retryAfter(400, '17', { error: 'slow_down' }),
      retryAfter(429, date),
      retryAfter(429, '1'),
      retryAfter(503, 'soon'),
      pending,
      tokens,
    ],
    { expiresIn: 3600 },
  );
  await result;
  const waits = clock.waits.map((seconds) => Math.round(seconds));
  expect([...waits.slice(0, 4), ...waits.slice(5)]).toEqual([5, 20, 300, 17, 60, 60, 10]);
  expect(waits[4]).toBeGreaterThanOrEqual(88);
  expect(waits[4]).toBeLessThanOrEqual(90);
});

test('polling ends when the user denies the login', async () => {
  const { result, clock } = await poll([pending, { status: 400, json: { error: 'access_denied' } }, tokens]);
  await expect(result).rejects.toMatchObject({
    kind: 'denied',
    message: 'access_denied',
    hints: [expect.stringContaining('run the command again')],
  });
  expect(clock.waits).toHaveLength(2);
});

test('expired_token ends the polling', async () => {
  const { result } = await poll([
    { status: 400, json: { error: 'expired_token', error_description: 'too late' } },
  ]);
  await expect(result).rejects.toMatchObject({
    kind: 'expired',
    message: 'expired_token: too late',
    hints: ['run the command again to get a new code'],
  });
});

test('polling ends by itself when the code has expired, even if the issuer never says so', async () => {
  const { result, clock, issuer } = await poll([pending], { expiresIn: 12 });
  await expect(result).rejects.toMatchObject({
    kind: 'expired',
    message: 'Device code is not valid any more!',
  });
  expect(clock.waits).toEqual([5, 5, 2]);
  expect(issuer.requests).toHaveLength(2);
});

test('an error that repeats the device code does not show it', async () => {
  const json = { error: 'invalid_grant', error_description: 'Invalid device code: the-device-code' };
  const { result } = await poll([{ status: 400, json }]);
  await expect(result).rejects.toThrow(/^invalid_grant: Invalid device code: \[secret\]$/);
});

test('polling stops at once when aborted in the middle of a wait', async () => {
  const issuer = await scriptedIssuer({ '/token': tokens });
  const abort = new AbortController();
  const onWait = (secondsLeft: number) => {
    expect(secondsLeft).toBe(600);
    setImmediate(() => abort.abort(new Error('Ctrl-C')));
  };
  const polling = pollForTokens({ metadata: issuer.metadata, client, device, onWait, signal: abort.signal });
  await expect(polling).rejects.toThrow('Ctrl-C');
  expect(issuer.requests).toHaveLength(0);
});

test('a poll has the audience, and no scope', async () => {
  const { result, issuer } = await poll([tokens], {}, 'https://se.example');
  await result;
  expect(issuer.requests[0]?.form).toMatchObject({ resource: 'https://se.example' });
});

async function start(answer: Answer) {
  const { metadata, requests } = await scriptedIssuer({ '/devicecode': answer });
  return {
    started: startDeviceAuthorization({ metadata, client, scope: 'openid storage.read:/' }),
    requests,
  };
}

test('a device authorization with any success status, or with an empty error, is accepted', async () => {
  const good = { device_code: 'd', user_code: 'U', verification_uri: 'https://issuer.example/device' };
  for (const answer of [{ status: 201, json: good }, { json: { ...good, error: '' } }]) {
    const { started } = await start(answer);
    expect((await started).userCode).toBe(good.user_code);
  }
});

test('an answer without interval and expires_in stands for 5 and 600 seconds', async () => {
  const json = { device_code: 'd', user_code: 'U', verification_uri: 'https://issuer.example/device' };
  const { started, requests } = await start({ json });
  expect(await started).toMatchObject({ interval: 5, expiresIn: 600, userCode: 'U' });
  expect(requests[0]?.form).toMatchObject({ client_id: 'c-1', scope: 'openid storage.read:/' });
});

test('every login uses PKCE: the poll has the verifier of the started login', async () => {
  const json = { device_code: 'd', user_code: 'U', verification_uri: 'https://issuer.example/device' };
  const { metadata, requests } = await scriptedIssuer({ '/devicecode': { json }, '/token': tokens });
  const begun = await startDeviceAuthorization({ metadata, client, scope: 'openid' });
  await pollForTokens({ metadata, client, device: begun, clock: virtualClock() });
  const [asked, polled] = requests.map(({ form }) => form);
  expect(asked?.code_challenge_method).toBe('S256');
  expect(asked?.code_challenge).toBe(
    createHash('sha256')
      .update(polled?.code_verifier ?? '')
      .digest('base64url'),
  );
});

test("Google's verification_url is accepted", async () => {
  const json = { device_code: 'd', user_code: 'U', verification_url: 'https://google.example/device' };
  expect(await (await start({ json })).started).toMatchObject({
    verificationUri: 'https://google.example/device',
  });
});

test('a user code or an address with control characters, or of another scheme, is refused', async () => {
  const good = { device_code: 'd', user_code: 'U', verification_uri: 'https://issuer.example/device' };
  for (const bad of [{ user_code: 'U\u001b[2J' }, { verification_uri: 'javascript:alert(1)' }]) {
    const { started } = await start({ json: { ...good, ...bad } });
    await expect(started).rejects.toMatchObject({ kind: 'malformed' });
  }
});

test.each([
  [
    { interval: '7', expires_in: '300' },
    { interval: 7, expiresIn: 300 },
  ],
  [
    { interval: 0, expires_in: -1 },
    { interval: 5, expiresIn: 600 },
  ],
  [
    { interval: 1e12, expires_in: 1e12 },
    { interval: 86400, expiresIn: 86400 },
  ],
  [
    { interval: 'soon', expires_in: {} },
    { interval: 5, expiresIn: 600 },
  ],
])('invalid and excessive times are replaced: %j', async (times, expected) => {
  const json = {
    device_code: 'd',
    user_code: 'U',
    verification_uri: 'https://issuer.example/device',
    ...times,
  };
  expect(await (await start({ json })).started).toMatchObject(expected);
});

test('INDIGO IAM refuses unknown clients with a bare 404', async () => {
  const { started } = await start({ status: 404 });
  await expect(started).rejects.toMatchObject({ status: 404, message: 'Received Http Status Code 404' });
});
