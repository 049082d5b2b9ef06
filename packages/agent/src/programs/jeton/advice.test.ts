import { expect, test } from 'vitest';
import { IssuerError, type IssuerErrorKind } from '../../oauth/http/errors.ts';
import { withAdvice } from './advice.ts';

const refusal = (kind: IssuerErrorKind, details: object = {}) =>
  new IssuerError('refused', { issuer: 'https://iam.example/', kind, ...details });

test.each<[IssuerErrorKind, object, RegExp]>([
  ['client_refused', { error: 'unauthorized', status: 401 }, /check the client id, and its secret/],
  [
    'client_refused',
    { error: 'invalid_client', description: 'Unauthorized grant type' },
    /may not use this grant type/,
  ],
  [
    'client_refused',
    {
      error: 'unauthorized_client',
      description: 'Public client not allowed to retrieve service account',
      status: 401,
    },
    /may not use this grant type/,
  ],
  [
    'client_refused',
    { error: 'unauthorized_client', description: 'Invalid client or Invalid client credentials' },
    /check the client id, and its secret/,
  ],
  ['scope_refused', {}, /--scope/],
  ['refresh_token_invalid', { error: 'invalid_token' }, /log in again/],
  ['refused', { error: 'invalid_token', status: 401 }, /get a new one/],
  ['unavailable', {}, /try again later/],
  ['malformed', {}, /right address/],
  ['refused', { status: 404 }, /check the client id/],
])('%s %j says what to do', (kind, details, hint) => {
  const error = withAdvice(refusal(kind, details));
  expect(error).toMatchObject({ message: 'refused', kind, hints: [expect.stringMatching(hint)] });
});

test('a refusal that says what is wrong is not explained by something else', () => {
  const refused = refusal('refused', { status: 400, error: 'Invalid length: must be between 4 and 256' });
  expect(withAdvice(refused)).toBe(refused);
});

test('what comes with hints, and what is no refusal, stays as it is', () => {
  const hinted = refusal('malformed', { hints: ['known'] });
  expect(withAdvice(hinted)).toBe(hinted);
  const other = new Error('other');
  expect(withAdvice(other)).toBe(other);
});
