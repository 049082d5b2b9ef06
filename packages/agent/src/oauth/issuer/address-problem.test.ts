import { expect, test } from 'vitest';
import { addressProblem } from './address-problem.ts';

const NO_SCHEME = 'it does not begin with https://';
const EXAMPLE = 'for example https://wlcg.cloud.cnaf.infn.it/';
const NO_TLS = 'it begins with http://, and only https is secure';
const LOOPBACK = 'plain http is only accepted for localhost, 127.0.0.1 and [::1]';

test.each([
  ['localhost:8080', NO_SCHEME, 'did you mean http://localhost:8080/?'],
  ['127.0.0.1:8080/realms/x', NO_SCHEME, 'did you mean http://127.0.0.1:8080/realms/x?'],
  ['[::1]:8080', NO_SCHEME, 'did you mean http://[::1]:8080/?'],
  ['iam.example', NO_SCHEME, 'did you mean https://iam.example/?'],
  ['iam.example:8443/x', NO_SCHEME, 'did you mean https://iam.example:8443/x?'],
  ['//iam.example', NO_SCHEME, 'did you mean https://iam.example/?'],
  ['https//iam.example', NO_SCHEME, 'did you mean https://iam.example/?'],
  ['https:/iam.example', NO_SCHEME, 'did you mean https://iam.example/?'],
  ['wlcg', NO_SCHEME, EXAMPLE],
  ['', NO_SCHEME, EXAMPLE],
  ['-x y', NO_SCHEME, EXAMPLE],
  ['htps://iam.example/', "'htps' is not https", 'did you mean https://iam.example/?'],
  ['ftp://iam.example', "'ftp' is not https", 'did you mean https://iam.example/?'],
  ['http://iam.example/x', NO_TLS, 'did you mean https://iam.example/x?', LOOPBACK],
  [
    'http://iam:8080/',
    NO_TLS,
    'did you mean https://iam:8080/?',
    LOOPBACK,
    'for development, an account may use plain http there: oidc-gen --insecure-http=iam',
  ],
  ['https://', 'it names no host'],
  ['https://iam.example:port/', "its port 'port' is not a number up to 65535"],
  ['https://iam.example:99999/', "its port '99999' is not a number up to 65535"],
  ['https://iam example/', "'iam example' is not the name of a host"],
  ['https://iam.example/x?y=z', 'it has a query (?)', 'did you mean https://iam.example/x?'],
  ['https://iam.example/#y', 'it has a fragment (#)', 'did you mean https://iam.example/?'],
])('%j: %s', (text, problem, ...hints) => {
  expect(addressProblem(text, { isIssuer: true })).toEqual({ shown: text, problem, hints });
});

test.each([
  ['https://me:s3cret@iam.example/', 'https://...@iam.example/', 'did you mean https://iam.example/?'],
  ['me:s3cret@iam.example', '...@iam.example', EXAMPLE],
])('a password in an address is never shown: %s', (text, shown, hint) => {
  const problem = addressProblem(text);
  expect(problem).toMatchObject({ shown, hints: [hint] });
  expect(JSON.stringify(problem)).not.toContain('s3cret');
});

test.each(['https://iam.example', 'https://iam.example:8443/x', 'http://localhost:8080/', 'http://[::1]/'])(
  'there is no problem with %s',
  (text) => expect(addressProblem(text, { isIssuer: true })).toBeUndefined(),
);

test('only an issuer must not have a query', () => {
  expect(addressProblem('https://iam.example/token?tenant=a')).toBeUndefined();
});
