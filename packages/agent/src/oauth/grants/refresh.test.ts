import { describe, expect, test, vi } from 'vitest';
import { type Answer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { Secret } from '../../secret.ts';
import { clientCredentials } from '../client/client-authentication.ts';
import { IssuerError } from '../http/errors.ts';
import { refreshTokens } from './refresh.ts';

const client = clientCredentials('0b6f1d2e-aaaa-4bbb-8ccc-1234567890ab', new Secret('client-secret'));
const refreshToken = new Secret('old-refresh-token');

async function refresh(answer: Answer, extra: { scope?: string; audience?: string } = {}) {
  const { metadata, requests } = await scriptedIssuer({ '/token': answer });
  return { result: refreshTokens({ metadata, client, refreshToken, ...extra }), requests };
}

test('a refresh sends Basic authentication, scope and audience, and returns token and expiry', async () => {
  const json = { access_token: 'at', token_type: 'bearer', expires_in: '3599', scope: 'storage.read:/a' };
  const { result, requests } = await refresh(
    { json },
    { scope: 'storage.read:/a', audience: 'https://se.example' },
  );
  const { accessToken, expiresAt, narrowed, refreshToken: rotated } = await result;
  expect(accessToken.reveal()).toBe('at');
  expect(expiresAt).toBeGreaterThan(Date.now() / 1000 + 3590);
  expect(expiresAt).toBeLessThanOrEqual(Date.now() / 1000 + 3599);
  expect([narrowed, rotated]).toEqual([[], undefined]);
  expect(requests[0]?.form).toEqual({
    grant_type: 'refresh_token',
    refresh_token: 'old-refresh-token',
    scope: 'storage.read:/a',
    resource: 'https://se.example',
  });
  const basic = Buffer.from(
    requests[0]?.headers.authorization?.replace('Basic ', '') ?? '',
    'base64',
  ).toString();
  expect(basic).toBe('0b6f1d2e-aaaa-4bbb-8ccc-1234567890ab:client-secret');
});

test.each<[string, Answer, string[]]>([
  ['an answer', { json: { access_token: 'at', refresh_token: 'new' } }, ['new']],
  ['a mytoken server', { json: { access_token: 'at', token_update: { mytoken: 'new' } } }, ['new']],
  ['an answer without an access token', { json: { refresh_token: 'new' } }, ['new']],
  ['half an answer', { text: '{"refresh_token":"new","access_token":"a' }, ['new']],
  [
    'a refusal with an access token',
    { status: 400, json: { access_token: 'at', refresh_token: 'new' } },
    ['new'],
  ],
  ['a refusal that repeats the request', { status: 400, json: { error: 'e', refresh_token: 'new' } }, []],
  ['the same refresh token', { json: { access_token: 'at', refresh_token: 'old-refresh-token' } }, []],
  ['no refresh token', { json: { access_token: 'at' } }, []],
])('the new refresh token of %s is there before the answer is looked at', async (_what, answer, expected) => {
  const { metadata } = await scriptedIssuer({ '/token': answer });
  const events: string[] = [];
  vi.stubGlobal(
    'Response',
    class extends Response {
      constructor(...content: ConstructorParameters<typeof Response>) {
        super(...content);
        events.push('the answer is looked at');
      }
    },
  );
  const onReplaced = (token: Secret) => events.push(token.reveal());
  await refreshTokens({ metadata, client, refreshToken, onReplaced }).catch(() => undefined);
  vi.unstubAllGlobals();
  expect(events).toEqual([...expected, 'the answer is looked at']);
});

test('a rotated refresh token is returned, an unchanged one is not', async () => {
  const answer = (refresh_token: string) => ({
    json: { access_token: 'at', token_type: 'Bearer', refresh_token },
  });
  const rotated = await (await refresh(answer('new-one'))).result;
  expect(rotated.refreshToken?.reveal()).toBe('new-one');
  const kept = await (await refresh(answer('old-refresh-token'))).result;
  expect(kept.refreshToken).toBeUndefined();
});

test('a rotated refresh token is returned from an answer whose other members are invalid', async () => {
  const json = {
    access_token: 'at',
    refresh_token: 'new-one',
    id_token: 'no.jwt',
    expires_in: 'never',
    scope: null,
  };
  const { refreshToken: rotated, expiresAt } = await (await refresh({ json })).result;
  expect(rotated?.reveal()).toBe('new-one');
  expect(expiresAt).toBeUndefined();
});

test('requested scopes that the token lacks are returned', async () => {
  const json = { access_token: 'at', token_type: 'Bearer', scope: 'openid' };
  const { result } = await refresh({ json }, { scope: 'openid storage.write:/' });
  expect((await result).narrowed).toEqual(['storage.write:/']);
});

test('without expires_in the expiry is that of a JWT, and unknown otherwise', async () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const jwt = `${part({ alg: 'none' })}.${part({ exp: 2_000_000_000 })}.`;
  const expiry = async (access_token: string) =>
    (await (await refresh({ json: { access_token, token_type: 'Bearer' } })).result).expiresAt;
  expect(await expiry(jwt)).toBe(2_000_000_000);
  expect(await expiry('opaque')).toBeUndefined();
});

test.each([-1, -1e10, 1e13, 1e300])('a lifetime of %d seconds is ignored', async (expires_in) => {
  const json = { access_token: 'at', token_type: 'Bearer', expires_in };
  expect((await (await refresh({ json })).result).expiresAt).toBeUndefined();
});

test.each([
  [401, 'invalid_token'],
  [400, 'invalid_grant'],
])('a dead refresh token is recognised by %i %s, and not repeated in the message', async (status, error) => {
  const error_description = 'Refresh token for value old-refresh-token was not found';
  const headers = { 'www-authenticate': `Bearer realm="oauth", error="${error}"` };
  const { result } = await refresh({ status, headers, json: { error, error_description } });
  await expect(result).rejects.toMatchObject({
    kind: 'refresh_token_invalid',
    message: `${error}: Refresh token for value [secret] was not found`,
  });
});

test('any other refusal does not count as a dead refresh token', async () => {
  const { result } = await refresh({
    status: 400,
    json: { error: 'invalid_scope', error_description: 'Up-scoping' },
  });
  await expect(result).rejects.toMatchObject({ kind: 'scope_refused', message: 'invalid_scope: Up-scoping' });
});

test('an unavailable issuer gets one request', async () => {
  const { result, requests } = await refresh({ status: 503 });
  await expect(result).rejects.toMatchObject({ kind: 'unavailable', status: 503 });
  expect(requests).toHaveLength(1);
});

test('an answer without access token, or with one that needs a proof at each use, is malformed', async () => {
  for (const json of [{ token_type: 'Bearer' }, { access_token: 'at', token_type: 'DPoP' }, []]) {
    await expect((await refresh({ json })).result).rejects.toMatchObject({ kind: 'malformed' });
  }
});

test.each(['', 'a\nb', 'a\r\nX-Header: b', 'a\u001b[2J', 't\u00f6ken'])(
  'an access token %j, which would be more than a token in a header or at a terminal, is malformed',
  async (access_token) => {
    const { result } = await refresh({ json: { access_token, refresh_token: 'new-one' } });
    const error = await result.catch((error: unknown) => error);
    expect(error).toMatchObject({ kind: 'malformed', message: expect.stringContaining("'access_token'") });
    expect(error instanceof IssuerError && error.refreshToken?.reveal()).toBe('new-one');
  },
);

describe('an answer that violates the standard is accepted', () => {
  const json = { access_token: 'at', token_type: 'Bearer', refresh_token: 'new-one' };
  test.each<[string, Answer]>([
    ['with status 201', { status: 201, json }],
    ['with status 203', { status: 203, json }],
    ['with status 205', { status: 205, json }],
    ['with an empty error', { json: { ...json, error: '', error_description: '' } }],
    ['with an error that is null', { json: { ...json, error: null } }],
    ['with an error that is an empty object', { json: { ...json, error: {} } }],
    ['with a token type of another spelling', { json: { ...json, token_type: 'Bearer Token' } }],
    ['with the token type of RFC 8693', { json: { ...json, token_type: 'N_A' } }],
    ['with a token type that is no text', { json: { ...json, token_type: 1 } }],
    ['without a token type', { json: { ...json, token_type: undefined } }],
    ['with a byte order mark', { text: `\ufeff${JSON.stringify(json)}` }],
    ['as a web page', { headers: { 'content-type': 'text/html' }, text: JSON.stringify(json) }],
  ])('%s', async (_name, answer) => {
    const { accessToken, refreshToken: rotated } = await (await refresh(answer)).result;
    expect([accessToken.reveal(), rotated?.reveal()]).toEqual(['at', 'new-one']);
  });
});

describe('a new refresh token is returned, whatever else is wrong with the answer', () => {
  const json = { access_token: 'at', refresh_token: 'new-one' };
  test.each<[string, Answer]>([
    ['an error beside the tokens', { json: { ...json, error: 'scope_changed' } }],
    ['an error status', { status: 500, json }],
    ['a token that needs a proof', { json: { ...json, token_type: 'DPoP' } }],
    ['no access token', { json: { refresh_token: 'new-one' } }],
    ['text before the JSON', { text: `Notice: x\n${JSON.stringify(json)}` }],
    ['JSON that breaks off', { text: '{"refresh_token" : "new-\\u006fne", "access_tok' }],
  ])('%s', async (_name, answer) => {
    const error = await (await refresh(answer)).result.catch((error: unknown) => error);
    expect(error instanceof IssuerError && error.refreshToken?.reveal()).toBe('new-one');
  });

  test.each<[string, Answer]>([
    ['the old one', { json: { refresh_token: 'old-refresh-token' } }],
    ['one that a refusal repeats, masked', { status: 400, json: { error: 'x', refresh_token: '***' } }],
    ['one that is no text', { json: { refresh_token: 7 } }],
  ])('but not %s', async (_name, answer) => {
    const error = await (await refresh(answer)).result.catch((error: unknown) => error);
    expect(error instanceof IssuerError && error.refreshToken).toBe(undefined);
  });
});

test('the new mytoken in an unusable answer of a mytoken server is returned, too', async () => {
  const { result } = await refresh({ json: { access_token: '', token_update: { mytoken: 'new-one' } } });
  const error = await result.catch((error: unknown) => error);
  expect(error instanceof IssuerError && error.refreshToken?.reveal()).toBe('new-one');
});
