import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { answerOf, basic, deviceTokens, json, testIam } from '../support/test-iam.ts';

const iam = testIam({ autoApprove: 'test' });

async function session(
  scope = 'openid offline_access storage.read:/ wlcg.groups',
  { poll = {}, request = {} }: { poll?: Record<string, string>; request?: Record<string, string> } = {},
) {
  const client = await iam.newDeviceClient(scope);
  const tokens = await deviceTokens(iam, client, scope, poll, request);
  const refresh = (form: Record<string, string> = {}) =>
    iam.post(
      '/token',
      { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token), ...form },
      basic(client.id, client.secret),
    );
  return { client, tokens, refresh };
}

const claimsOf = async (response: Response) => decodeJwt(String((await json(response)).access_token));
const upScoping = [400, { error: 'invalid_scope', error_description: 'Up-scoping is not allowed.' }];

describe('refreshing', () => {
  it('gives a new access token and the same refresh token', async () => {
    const { tokens, refresh } = await session();
    const answer = await json(await refresh());
    expect(answer.access_token).not.toBe(tokens.access_token);
    expect(answer.refresh_token).toBe(tokens.refresh_token);
    expect(answer.scope).toBe(tokens.scope);
    expect(answer).toHaveProperty('id_token');
  });

  it('narrows the scope for one token at a time, into paths and groups', async () => {
    const { refresh } = await session();
    for (const scope of [
      'storage.read:/a',
      'storage.read:/a/b storage.read:/c',
      'wlcg.groups:/Pilots',
      'openid',
    ]) {
      const answer = await json(await refresh({ scope }));
      expect(answer.scope).toBe(scope);
      expect(decodeJwt(String(answer.access_token)).scope).toBe(scope);
    }
    expect((await claimsOf(await refresh({ scope: 'wlcg.groups:/Production' })))['wlcg.groups']).toEqual([
      '/Production',
      '/Analysis',
    ]);
    expect((await json(await refresh())).scope).toBe('openid offline_access storage.read:/ wlcg.groups');
  });

  it('accepts white space in the scope, as oidc-agent sends it', async () => {
    const { refresh } = await session();
    expect((await json(await refresh({ scope: ' openid  storage.read:/x ' }))).scope).toBe(
      'openid storage.read:/x',
    );
    expect((await json(await refresh({ scope: '  ' }))).scope).toContain('offline_access');
  });

  it.each(['storage.modify:/', 'storage.read', 'storage.read:/../x', 'compute.read', 'openid profile'])(
    'refuses to widen the scope to %s',
    async (scope) => {
      const { refresh } = await session();
      expect(await answerOf(await refresh({ scope }))).toEqual(upScoping);
    },
  );

  it('does not extend a granted path', async () => {
    const { refresh } = await session('openid offline_access storage.read:/path');
    for (const scope of ['storage.read:/', 'storage.read:/another', 'storage.read:/path/sub']) {
      expect(await answerOf(await refresh({ scope }))).toEqual(upScoping);
    }
    expect((await refresh({ scope: 'storage.read:/path' })).status).toBe(200);
  });

  it('refuses malformed groups with their own error', async () => {
    const { refresh } = await session();
    expect(await answerOf(await refresh({ scope: 'wlcg.groups:x' }))).toEqual([
      400,
      { error: 'invalid_scope', error_description: 'Invalid WLCG group scope: wlcg.groups:x' },
    ]);
  });

  it('makes the earlier access tokens unknown', async () => {
    const { tokens, refresh } = await session();
    const userinfo = (token: unknown) =>
      iam.fetch('/userinfo', { headers: { authorization: `Bearer ${token}` } });
    expect((await userinfo(tokens.access_token)).status).toBe(200);
    const { access_token } = await json(await refresh());
    expect((await userinfo(tokens.access_token)).status).toBe(401);
    expect((await userinfo(access_token)).status).toBe(200);
  });
});

describe('the audience', () => {
  it('of one refresh is not that of the next', async () => {
    const { refresh } = await session();
    expect((await claimsOf(await refresh({ audience: 'a b' }))).aud).toEqual(['a', 'b']);
    expect((await claimsOf(await refresh())).aud).toBe('https://wlcg.cern.ch/jwt/v1/any');
    expect((await claimsOf(await refresh({ aud: 'one', audience: 'two' }))).aud).toBe('one');
  });

  it('of the first token stays', async () => {
    const { refresh } = await session(undefined, { poll: { audience: 'https://se.example' } });
    expect((await claimsOf(await refresh())).aud).toBe('https://se.example');
    expect((await claimsOf(await refresh({ audience: 'x' }))).aud).toBe('x');
  });

  it('limits later tokens if it is a resource', async () => {
    const resource = 'https://a.example https://b.example';
    const { refresh } = await session(undefined, { request: { resource } });
    expect((await claimsOf(await refresh({ resource: 'https://a.example' }))).aud).toBe('https://a.example');
    expect(await answerOf(await refresh({ resource: 'https://c.example' }))).toEqual([
      400,
      { error: 'invalid_target', error_description: 'The requested resource was not originally granted' },
    ]);
    expect(await answerOf(await refresh({ resource: '' }))).toEqual([
      400,
      { error: 'invalid_target', error_description: 'Not a valid URI: ' },
    ]);
  });
});

describe('a refresh token', () => {
  it('that is unknown gives 401 invalid_token', async () => {
    const { client } = await session();
    const response = await iam.post(
      '/token',
      { grant_type: 'refresh_token', refresh_token: 'nonsense' },
      basic(client.id, client.secret),
    );
    const [status, body] = await answerOf(response);
    expect([status, body.error]).toEqual([401, 'invalid_token']);
  });

  it('is required', async () => {
    const { client } = await session();
    const response = await iam.post(
      '/token',
      { grant_type: 'refresh_token' },
      basic(client.id, client.secret),
    );
    expect(await answerOf(response)).toEqual([
      400,
      { error: 'invalid_request', error_description: 'refresh_token parameter not provided' },
    ]);
  });

  it('expires after thirty days', async () => {
    const { refresh } = await session();
    iam.later(30 * 86_400 - 60);
    expect((await refresh()).status).toBe(200);
    iam.later(61);
    expect((await refresh()).status).toBe(401);
  });
});
