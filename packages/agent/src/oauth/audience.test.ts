import { expect, test } from 'vitest';
import { Secret } from '../secret.ts';
import { audienceParameters, missingAudiences } from './audience.ts';

test('each audience is one resource parameter by default', () => {
  expect(audienceParameters({}, ' https://a.example\thttps://b.example ')).toEqual([
    ['resource', 'https://a.example'],
    ['resource', 'https://b.example'],
  ]);
});

test('INDIGO IAM, configured or recognised by its endpoints, gets all audiences in one parameter', () => {
  const expected = [['audience', 'a.example b.example']];
  expect(audienceParameters({}, 'a.example  b.example', 'audience')).toEqual(expected);
  const registration_endpoint = 'https://iam.example/iam/api/client-registration';
  expect(audienceParameters({ registration_endpoint }, 'a.example b.example')).toEqual(expected);
  expect(audienceParameters({ scim_endpoint: 'https://iam.example/scim' }, 'a.example b.example')).toEqual(
    expected,
  );
});

test("a configured audience parameter takes precedence over the issuer's endpoints", () => {
  const parameters = audienceParameters(
    { scim_endpoint: 'https://iam.example/scim' },
    'https://a.example',
    'resource',
  );
  expect(parameters).toEqual([['resource', 'https://a.example']]);
});

test('an issuer configured for both parameters gets both', () => {
  expect(audienceParameters({}, 'https://a.example https://b.example', 'both')).toEqual([
    ['resource', 'https://a.example'],
    ['resource', 'https://b.example'],
    ['audience', 'https://a.example https://b.example'],
  ]);
});

test('the missing audiences of a token are known if it lists its audiences', () => {
  const jwt = (claims: object) =>
    new Secret(`e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`);
  expect(missingAudiences(jwt({ aud: 'a' }), 'a b')).toEqual(['b']);
  expect(missingAudiences(jwt({ aud: ['b', 'c', 'a'] }), ' a  b ')).toEqual([]);
  expect(missingAudiences(jwt({}), 'a')).toEqual(['a']);
  expect(missingAudiences(new Secret('opaque'), 'a')).toBeUndefined();
});

test('no audience adds no parameter', () => {
  expect([audienceParameters({}, undefined), audienceParameters({}, '  ', 'both')]).toEqual([[], []]);
});
