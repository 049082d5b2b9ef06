import { expect, test } from 'vitest';
import { Secret } from '../secret.ts';
import { type Account, parseAccount, printAccount } from './account.ts';
import { wasReplaced, withOldTokensOf, withRefreshToken } from './replaced-tokens.ts';

const account: Account = { name: 'wlcg', issuer_url: 'https://iam.example/', client_id: 'c' };
const token = (number: number) => new Secret(`refresh token ${number}`);
const rotated = (times: number, from = 0) =>
  Array.from({ length: times }, (_, index) => token(from + index)).reduce(withRefreshToken, account);
const knows = (copy: Account) =>
  Array.from({ length: 100 }, (_, number) => number).filter((number) => wasReplaced(copy, token(number)));

test('each refresh token but the newest is old, and so it is on paper', () => {
  expect(knows(parseAccount(printAccount(rotated(4))))).toEqual([0, 1, 2]);
});

test('an account that never had another one says nothing of it', () => {
  expect(printAccount(rotated(1))).not.toContain('replaced_refresh_tokens');
});

test('the last thousand are remembered, of which nothing can be read', () => {
  const copy = rotated(1030);
  // Of the 1029 that were replaced, the first 29 are forgotten.
  expect(knows(copy)).toEqual(Array.from({ length: 71 }, (_, index) => 29 + index));
  expect(copy.replaced_refresh_tokens?.every((hash) => /^[\w-]{12}$/.test(hash))).toBe(true);
});

test('the same refresh token again is not old', () => {
  expect(knows(withRefreshToken(rotated(2), token(1)))).toEqual([0]);
});

test('two copies know together what either does', () => {
  const [ours, theirs] = [rotated(3), rotated(3, 10)];
  expect(knows(withOldTokensOf(ours, theirs))).toEqual([0, 1, 2, 10, 11]);
});

test('what is no list of texts is taken for none', () => {
  const text = printAccount({ ...account, others: { replaced_refresh_tokens: 7 } });
  expect(parseAccount(text).replaced_refresh_tokens).toBeUndefined();
});
