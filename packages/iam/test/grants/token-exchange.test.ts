import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { answerOf, basic, deviceTokens, type Json, json, testIam } from '../support/test-iam.ts';

const iam = testIam({ autoApprove: 'test' });
const actor = basic('token-exchange-actor', 'secret');
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';

const exchange = (subject_token: unknown, more: Record<string, string> = {}) =>
  iam.post(
    '/token',
    {
      grant_type: GRANT,
      subject_token: String(subject_token),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      scope: 'openid storage.read:/a',
      ...more,
    },
    actor,
  );

const subjectToken = async (scope = 'openid storage.read:/a') => {
  const { access_token } = await deviceTokens(iam, { id: 'device-code-client', secret: 'secret' }, scope);
  return access_token;
};

describe('token exchange', () => {
  it('gives the actor a token for the user, and names the actor in act', async () => {
    const tokens = await json(await exchange(await subjectToken(), { audience: 'se1.example se2.example' }));
    expect(Object.keys(tokens)).toEqual([
      'access_token',
      'token_type',
      'expires_in',
      'scope',
      'id_token',
      'issued_token_type',
    ]);
    expect(tokens).toMatchObject({
      scope: 'openid storage.read:/a',
      issued_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    });
    expect(decodeJwt(String(tokens.access_token))).toMatchObject({
      sub: '80e5fb8d-b7c8-451a-89ba-346ae278a66f',
      client_id: 'token-exchange-actor',
      aud: ['se1.example', 'se2.example'],
      act: { sub: 'token-exchange-actor' },
    });
  });

  it('nests the actors of repeated exchanges, the last one outermost', async () => {
    const once = await json(await exchange(await subjectToken()));
    const twice = await json(await exchange(once.access_token));
    expect(decodeJwt(String(twice.access_token)).act).toEqual({
      sub: 'token-exchange-actor',
      act: { sub: 'token-exchange-actor' },
    });
  });

  it('gives a refresh token for offline_access, and keeps the actor', async () => {
    const tokens = await json(await exchange(await subjectToken(), { scope: 'openid offline_access' }));
    const form = { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) };
    const refreshed = await json(await iam.post('/token', form, actor));
    expect(decodeJwt(String(refreshed.access_token)).act).toEqual({ sub: 'token-exchange-actor' });
  });

  it('may request scopes that the token lacks, if its client has them', async () => {
    const token = await subjectToken('openid');
    expect((await exchange(token, { scope: 'openid profile' })).status).toBe(200);
    const narrow = await iam.newDeviceClient('openid offline_access');
    const { access_token } = await deviceTokens(iam, narrow);
    expect(await answerOf(await exchange(access_token, { scope: 'openid profile' }))).toEqual([
      400,
      {
        error: 'invalid_scope',
        error_description: 'scope not allowed by origin client configuration: profile',
      },
    ]);
  });

  it.each<[string, Record<string, string>, number, Json]>([
    [
      'a missing scope',
      { scope: '' },
      400,
      {
        error: 'invalid_request',
        error_description: 'The scope parameter is required for a token exchange request!',
      },
    ],
    [
      'delegation',
      { actor_token: 'x' },
      400,
      { error: 'invalid_request', error_description: 'Delegation not supported' },
    ],
    [
      'composite tokens',
      { want_composite: 'true' },
      400,
      { error: 'invalid_request', error_description: 'Delegation not supported' },
    ],
    [
      'a scope that the actor does not have',
      { scope: 'scim:read' },
      400,
      {
        error: 'invalid_scope',
        error_description: "Scope 'scim:read' not allowed for client 'token-exchange-actor'",
      },
    ],
  ])('refuses %s', async (_, more, status, body) => {
    expect(await answerOf(await exchange(await subjectToken(), more))).toEqual([status, body]);
  });

  it('refuses unknown tokens, and those of deleted clients', async () => {
    const unknown = await exchange('nonsense');
    expect([unknown.status, (await json(unknown)).error]).toEqual([401, 'invalid_token']);
    const client = await iam.newDeviceClient();
    const { access_token } = await deviceTokens(iam, client);
    await iam.fetch(`/iam/api/client-registration/${client.id}`, {
      method: 'DELETE',
      headers: {
        authorization: `Bearer ${'registration_access_token' in client ? client.registration_access_token : ''}`,
      },
    });
    expect((await exchange(access_token)).status).toBe(401);
  });

  it('of a client’s own token gives no refresh token', async () => {
    const { access_token } = await json(await exchange(await subjectToken()));
    expect((await exchange(access_token)).status).toBe(200);
    expect(await answerOf(await exchange(access_token, { scope: 'openid offline_access' }))).toEqual([
      403,
      {
        error: 'access_denied',
        error_description: 'Token exchange not allowed: same client and offline_access requested',
      },
    ]);
  });
});
