import { expect, test } from 'vitest';
import { audienceParameters } from './audience.ts';

test('audiences are one resource each by the standard', () => {
  expect(audienceParameters({}, ' https://a.example\thttps://b.example ')).toEqual([
    ['resource', 'https://a.example'],
    ['resource', 'https://b.example'],
  ]);
});

test('INDIGO IAM gets all in one parameter, listed or recognised by its endpoints', () => {
  const expected = [['audience', 'a.example b.example']];
  expect(audienceParameters({}, 'a.example  b.example', true)).toEqual(expected);
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
    false,
  );
  expect(parameters).toEqual([['resource', 'https://a.example']]);
});

test('no audience asks for nothing', () => {
  expect([audienceParameters({}, undefined), audienceParameters({}, '  ', true)]).toEqual([[], []]);
});
