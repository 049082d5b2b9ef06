import fc from 'fast-check';
import { expect, test } from 'vitest';
import { meantIssuer, sameIssuer, secureUrl } from './issuer-url.ts';

test('issuers are the same up to one trailing slash, in either order', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'B', '-', '/') }), (path) => {
      const bare = `https://issuer.example/${path}`.replace(/\/$/, '');
      for (const [one, other] of [
        [bare, `${bare}/`],
        [`${bare}/`, bare],
        [bare, bare],
      ] as const) {
        expect(sameIssuer(one, other)).toBe(true);
      }
      expect(sameIssuer(bare, `${bare}//`)).toBe(false);
      expect(sameIssuer(bare, `${bare}/x`)).toBe(false);
    }),
  );
});

test('being the same issuer is symmetric', () => {
  const issuer = fc.string({ unit: fc.constantFrom('a', '/'), maxLength: 4 });
  fc.assert(fc.property(issuer, issuer, (a, b) => sameIssuer(a, b) === sameIssuer(b, a)));
});

test.each(['https://a.example/x', 'http://localhost:8080', 'http://127.1.2.3/', 'http://[::1]:1/'])(
  '%s may be talked to',
  (url) => expect(secureUrl(url)).toBeInstanceOf(URL),
);

test.each([
  'http://a.example',
  'http://localhost.example',
  'http://127.0.0.1.example',
  'http://127.example',
  'http://[::2]/',
  'https://user@a.example',
  'https://:password@a.example',
  'ftp://localhost',
  'localhost',
  '',
])('%j is not secure', (url) => expect(secureUrl(url)).toBeUndefined());

test.each([
  [' https://a.example/x ', 'https://a.example/x'],
  ['HTTPS://A.Example:8443/Realm', 'https://a.example:8443/Realm'],
  ['https://a.example/x/.well-known/openid-configuration', 'https://a.example/x'],
  ['https://a.example/.well-known/oauth-authorization-server/', 'https://a.example/'],
  ['https://a.example/.well-known/oauth-authorization-server/x', 'https://a.example/x'],
  ['https://a.example/.well-known/openid', 'https://a.example/.well-known/openid'],
  ['a.example', 'a.example'],
])('%j stands for %j', (written, meant) => expect(meantIssuer(written)).toBe(meant));
