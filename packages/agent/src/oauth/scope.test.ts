import fc from 'fast-check';
import { expect, test } from 'vitest';
import { missingScopes, parseScopes, wantedScopes } from './scope.ts';

const oidc = { issuer: 'https://issuer.example/', protocol: 'oidc' } as const;
const scopeToken = fc.string({ minLength: 1, unit: fc.constantFrom(...'abz019._:/*-') });
const separator = fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom(' ', '\t', '\n') });

test('scopes keep their order and appear once, whatever whitespace is between them', () => {
  const input = fc.array(fc.tuple(scopeToken, separator), { maxLength: 20 });
  fc.assert(
    fc.property(input, (pairs) => {
      const scopes = parseScopes(` ${pairs.flat().join('')}`);
      expect(scopes).toEqual([...new Set(pairs.map(([scope]) => scope))]);
      expect(parseScopes(scopes.join(' '))).toEqual(scopes);
    }),
  );
});

test('missing scopes are those requested and not granted', () => {
  fc.assert(
    fc.property(fc.uniqueArray(scopeToken), fc.uniqueArray(scopeToken), (asked, granted) => {
      const missing = missingScopes(asked.join(' '), granted.join(' '));
      expect(missing).toEqual(asked.filter((scope) => !granted.includes(scope)));
    }),
  );
});

test('openid and offline_access are added at the end unless they are there', () => {
  expect(wantedScopes('storage.read:/', oidc)).toBe('storage.read:/ openid offline_access');
  expect(wantedScopes('offline_access a openid', oidc)).toBe('offline_access a openid');
  expect(wantedScopes('', oidc)).toBe('openid offline_access');
});

test('plain OAuth gets no openid', () => {
  expect(wantedScopes('a', { ...oidc, protocol: 'oauth' })).toBe('a offline_access');
});

test('max stands for all scopes that the issuer lists', () => {
  const scopes_supported = ['openid', 'wlcg', 'storage.read:/'];
  expect(wantedScopes(' max ', { ...oidc, scopes_supported })).toBe(
    'openid wlcg storage.read:/ offline_access',
  );
  expect(wantedScopes('max other', { ...oidc, scopes_supported })).toBe('max other openid offline_access');
});

test('max of an issuer that lists nothing is an error with a hint', () => {
  expect(() => wantedScopes('max', oidc)).toThrow(
    expect.objectContaining({
      message: 'https://issuer.example/ does not list its scopes',
      hints: [expect.stringContaining('--scope=')],
      name: 'IssuerError',
    }),
  );
});

test('Google gets no offline_access, with or without a slash', () => {
  for (const issuer of ['https://accounts.google.com', 'https://accounts.google.com/']) {
    expect(wantedScopes('profile offline_access', { ...oidc, issuer })).toBe('profile openid');
  }
});
