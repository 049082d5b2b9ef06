import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { answerOf, basic, deviceTokens, json, testIam } from '../support/test-iam.ts';

const iam = testIam({ autoApprove: 'test' });
const client = basic('password-grant', 'secret');
const login = { grant_type: 'password', username: 'test', password: 'password' };

describe('the password grant', () => {
  it('gives tokens for the user, with the requested scopes', async () => {
    const scope = 'openid profile offline_access storage.read:/home';
    const tokens = await json(await iam.post('/token', { ...login, scope, audience: 'se.example' }, client));
    expect(tokens.scope).toBe(scope);
    expect(decodeJwt(String(tokens.access_token))).toMatchObject({
      sub: '80e5fb8d-b7c8-451a-89ba-346ae278a66f',
      aud: 'se.example',
    });
    const refresh = { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) };
    expect((await json(await iam.post('/token', refresh, client))).scope).toBe(scope);
  });

  it('has the time of the login in the ID token', async () => {
    const { id_token } = await json(await iam.post('/token', { ...login, scope: 'openid' }, client));
    const claims = decodeJwt(String(id_token));
    expect(claims.auth_time).toBe(claims.iat);
  });

  it('without a scope gives all scopes of the client, except those of administrators', async () => {
    const { scope } = await json(await iam.post('/token', login, client));
    expect(scope).toMatch(/^openid profile email .*storage\.read:\/ /);
    expect(scope).not.toContain('iam:admin');
  });

  it.each([
    ['a wrong password', { password: 'wrong' }],
    ['an unknown user', { username: 'nobody' }],
    ['an empty password', { password: '' }],
    ['no user', { username: '' }],
  ])('refuses %s', async (_, wrong) => {
    expect(await answerOf(await iam.post('/token', { ...login, ...wrong }, client))).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'Bad credentials' },
    ]);
  });

  it('refuses a scope that the client does not have', async () => {
    const form = { ...login, scope: 'openid scim:read' };
    expect(await answerOf(await iam.post('/token', form, client))).toEqual([
      400,
      {
        error: 'invalid_scope',
        error_description: "Scope 'scim:read' not allowed for client 'password-grant'",
      },
    ]);
  });

  it('refuses wrong clients, and clients for which no administrator has enabled it', async () => {
    const [status, body] = await answerOf(await iam.post('/token', login, basic('password-grant', 'wrong')));
    expect([status, body.error]).toEqual([401, 'unauthorized']);
    const registered = await iam.newDeviceClient();
    expect(await answerOf(await iam.post('/token', login, basic(registered.id, registered.secret)))).toEqual([
      401,
      { error: 'invalid_client', error_description: 'Unauthorized grant type' },
    ]);
  });
});

describe('scopes of administrators', () => {
  it('are dropped without an error for other users', async () => {
    const tokens = await deviceTokens(iam, { id: 'admin-client-rw', secret: 'secret' });
    expect(tokens.scope).toBe('openid profile offline_access');
  });
});
