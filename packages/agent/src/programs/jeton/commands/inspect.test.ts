import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describe } from './inspect.ts';

const header = { alg: 'RS256' };

test('scopes, groups, audience and the time left, in words', () => {
  const claims = {
    iss: 'https://iam.example/',
    sub: 'me',
    client_id: 'c',
    aud: ['https://wlcg.cern.ch/jwt/v1/any', 'se1.example'],
    scope: 'openid storage.read:/',
    'wlcg.groups': ['/Analysis', '/Production'],
    'wlcg.ver': '1.0',
    iat: 1_000_000_000,
    nbf: 1_000_000_000,
    exp: 1_000_003_600,
  };
  expect(describe({ header, claims }, 'verified', 1_000_000_060)).toEqual([
    'issuer:    https://iam.example/',
    'subject:   me',
    'client:    c',
    'audience:  https://wlcg.cern.ch/jwt/v1/any (anybody) se1.example',
    'scopes:    openid storage.read:/',
    'groups:    /Analysis /Production',
    'profile:   WLCG 1.0',
    'issued:    2001-09-09T01:46:40Z (1 minute ago)',
    'expires:   2001-09-09T02:46:40Z (in 59 minutes)',
    'signature: RS256, verified',
  ]);
});

test('each time in words: also that of the login in an ID token, and a beginning that is not its issue', () => {
  const claims = { auth_time: 999_999_940, iat: 1_000_000_000, nbf: 999_999_990, exp: 1_000_000_030 };
  expect(describe({ header, claims }, 'verified', 1_000_000_060)).toEqual([
    'login:     2001-09-09T01:45:40Z (2 minutes ago)',
    'issued:    2001-09-09T01:46:40Z (1 minute ago)',
    'starts:    2001-09-09T01:46:30Z (1 minute 10 seconds ago)',
    'expires:   2001-09-09T01:47:10Z (30 seconds ago)',
    'signature: RS256, verified',
  ]);
});

test('a token that does not end, and one that has not begun', () => {
  const claims = { nbf: 2_000_000_000 };
  expect(describe({ header, claims }, 'not verified', 1_999_999_990)).toEqual([
    'starts:    2033-05-18T03:33:20Z (in 10 seconds)',
    'expires:   never',
    'signature: RS256, not verified',
  ]);
});

test('whatever a claim is, it stays on its line and breaks nothing', () => {
  const name = fc.constantFrom(
    'iss',
    'aud',
    'scope',
    'wlcg.groups',
    'wlcg.ver',
    'exp',
    'iat',
    'nbf',
    'auth_time',
  );
  const text = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\r', '\u001b') });
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), text, fc.array(text));
  fc.assert(
    fc.property(fc.dictionary(name, value), (claims) => {
      for (const line of describe({ header, claims }, 'verified', 0)) expect(line).not.toMatch(/[\n\r]/);
    }),
  );
});
