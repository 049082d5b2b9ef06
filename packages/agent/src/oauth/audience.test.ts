import { expect, test } from 'vitest';
import { Secret } from '../secret.ts';
import { audienceParameters, missingAudiences } from './audience.ts';

test('audiences are one resource each by the standard', () => {
  expect(audienceParameters({}, ' https://a.example\thttps://b.example ')).toEqual([
    ['resource', 'https://a.example'],
    ['resource', 'https://b.example'],
  ]);
});

test('INDIGO IAM gets all in one parameter, listed or recognised by its endpoints', () => {
  const expected = [['audience', 'a.example b.example']];
  expect(audienceParameters({}, 'a.example  b.example', 'audience')).toEqual(expected);
  const registration_endpoint = 'https://iam.example/iam/api/client-registration';
  expect(audienceParameters({ registration_endpoint }, 'a.example b.example')).toEqual(expected);
  expect(audienceParameters({ scim_endpoint: 'https://iam.example/scim' }, 'a.example b.example')).toEqual(
    expected,
  );
});

test("the user's word about an issuer counts more than its looks", () => {
  const parameters = audienceParameters(
    { scim_endpoint: 'https://iam.example/scim' },
    'https://a.example',
    'resource',
  );
  expect(parameters).toEqual([['resource', 'https://a.example']]);
});

test('an issuer that looks at either gets both', () => {
  expect(audienceParameters({}, 'https://a.example https://b.example', 'both')).toEqual([
    ['resource', 'https://a.example'],
    ['resource', 'https://b.example'],
    ['audience', 'https://a.example https://b.example'],
  ]);
});

test('a token says which audiences it is not for, if it says anything', () => {
  const jwt = (claims: object) =>
    new Secret(`e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`);
  expect(missingAudiences(jwt({ aud: 'a' }), 'a b')).toEqual(['b']);
  expect(missingAudiences(jwt({ aud: ['b', 'c', 'a'] }), ' a  b ')).toEqual([]);
  expect(missingAudiences(jwt({}), 'a')).toEqual(['a']);
  expect(missingAudiences(new Secret('opaque'), 'a')).toBeUndefined();
});

test('no audience asks for nothing', () => {
  expect([audienceParameters({}, undefined), audienceParameters({}, '  ', 'both')]).toEqual([[], []]);
});
