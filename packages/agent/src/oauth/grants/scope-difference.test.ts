import { expect, test } from 'vitest';
import { Secret } from '../../secret.ts';
import { scopeDifference as difference } from './scope-difference.ts';

const jwt = (claims: object) =>
  new Secret(`e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`);
const opaque = new Secret('opaque');
const scopeDifference = (
  asked: string | undefined,
  tokens: { accessToken: Secret; scope: string | undefined },
) => difference(asked, { refreshToken: undefined, ...tokens });

test('the scopes in the token take precedence over those in the answer', () => {
  const scope = 'openid profile storage.read:/ storage.write:/';
  const accessToken = jwt({ scope: 'storage.read:/' });
  expect(scopeDifference('storage.read:/', { accessToken, scope })).toEqual({ narrowed: [], widened: [] });
  expect(scopeDifference('storage.write:/', { accessToken, scope })).toEqual({
    narrowed: ['storage.write:/'],
    widened: ['storage.read:/'],
  });
});

test('a token need not list scopes that are not for a resource', () => {
  const asked = 'openid offline_access storage.read:/';
  const accessToken = jwt({ scope: 'storage.read:/' });
  const none = { narrowed: [], widened: [] };
  expect(scopeDifference(asked, { accessToken, scope: asked })).toEqual(none);
  expect(scopeDifference(asked, { accessToken, scope: undefined })).toEqual(none);
  expect(scopeDifference(asked, { accessToken, scope: 'storage.read:/' }).narrowed).toEqual([
    'openid',
    'offline_access',
  ]);
});

test.each([opaque, jwt({}), jwt({ scope: ['a'] })])(
  'without scopes in the token those in the answer count',
  (accessToken) => {
    expect(scopeDifference('a b', { accessToken, scope: 'b c' })).toEqual({
      narrowed: ['a'],
      widened: ['c'],
    });
    expect(scopeDifference('a b', { accessToken, scope: undefined })).toEqual({ narrowed: [], widened: [] });
    expect(scopeDifference(undefined, { accessToken, scope: 'a' })).toEqual({ narrowed: [], widened: [] });
  },
);

test('a refresh token proves offline_access, listed or not', () => {
  const asked = 'email offline_access';
  const tokens = { accessToken: opaque, scope: 'email' };
  expect(difference(asked, { ...tokens, refreshToken: new Secret('r') }).narrowed).toEqual([]);
  expect(difference('email', { ...tokens, refreshToken: new Secret('r') }).widened).toEqual([]);
  expect(scopeDifference(asked, tokens).narrowed).toEqual(['offline_access']);
});

test("scopes by Google's other names count as granted", () => {
  const email = 'https://www.googleapis.com/auth/userinfo.email';
  const none = { narrowed: [], widened: [] };
  expect(scopeDifference('openid email', { accessToken: opaque, scope: `${email} openid` })).toEqual(none);
  expect(scopeDifference(`openid ${email}`, { accessToken: opaque, scope: `openid ${email}` })).toEqual(none);
  expect(scopeDifference('openid', { accessToken: opaque, scope: `openid ${email}` }).widened).toEqual([
    email,
  ]);
  expect(scopeDifference('email profile', { accessToken: opaque, scope: email }).narrowed).toEqual([
    'profile',
  ]);
});
