import fc from 'fast-check';
import { expect, test } from 'vitest';
import { insecureHost } from './insecure-http.ts';
import { secureUrl } from './issuer-url.ts';

const PERMISSIBLE = [
  'iam',
  'my-iam_2',
  '10.0.0.5',
  '172.16.0.1',
  '172.31.255.254',
  '192.168.1.1',
  '169.254.7.7',
  'fd00::2',
  'fe80::1',
];

test.each(PERMISSIBLE)('an account may get plain http at %s, on any port', (host) => {
  expect(insecureHost(host)).toBe(host);
  const name = host.includes(':') ? `[${host}]` : host;
  expect(secureUrl(`http://${name}/`, host)).toBeInstanceOf(URL);
  expect(secureUrl(`http://${name}:8080/realms/x`, host)).toBeInstanceOf(URL);
});

test.each([
  ['IAM', 'iam'],
  ['[FD00:0::2]', 'fd00::2'],
  ['::ffff:10.0.0.5', '::ffff:a00:5'],
])('%s is the host %s', (text, host) => expect(insecureHost(text)).toBe(host));

test.each([
  '',
  'iam.example',
  'iam.',
  '.',
  'iam:8080',
  'http://iam/',
  'iam/x',
  'iam@other',
  'iam?',
  'i am',
  '*',
  'bücher',
  '8.8.8.8',
  '134744072',
  '0x8080808',
  '11.0.0.1',
  '172.32.0.1',
  '192.169.0.1',
  '169.255.0.1',
  '0.0.0.0',
  '2001:db8::1',
  '::ffff:8.8.8.8',
  'fe00::1',
])('no account gets plain http at %j', (text) => {
  expect(insecureHost(text)).toBeUndefined();
  expect(secureUrl(`http://${text}/`, text)).toBeUndefined();
});

const host = fc.oneof(
  fc.constantFrom(...PERMISSIBLE, 'iam.example', 'iam.', '8.8.8.8', '2001:db8::1'),
  fc.domain(),
  fc.ipV4(),
  fc.ipV6(),
  fc.stringMatching(/^[a-z\d-]{1,8}$/),
);

test('nothing but the permitted host passes, and only as http or https', () => {
  fc.assert(
    fc.property(host, host, fc.constantFrom('http', 'ftp', 'ws'), (permitted, other, scheme) => {
      const address = `${scheme}://${other.includes(':') ? `[${other}]` : other}/`;
      const url = secureUrl(address, permitted);
      if (url === undefined || secureUrl(address) !== undefined) return;
      expect(url.protocol).toBe('http:');
      expect(insecureHost(permitted)).toBe(url.hostname.replace(/[[\]]/g, ''));
      expect(insecureHost(other)).toBe(insecureHost(permitted));
    }),
    { numRuns: 2000 },
  );
});
