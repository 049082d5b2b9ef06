import { expect, test } from 'vitest';
import { didYouMean, nearest } from './nearest.ts';
import { commands } from './programs/jeton/commands.ts';

const names = [...Object.keys(commands), 'wlcg'];

test.each([
  ['devicecode', 'device-code'],
  ['pasword', 'password'],
  ['introspct', 'introspect'],
  ['refersh', 'refresh'],
  ['wlgc', 'wlcg'],
  ['WLCG', 'wlcg'],
  ['dev', 'device-code'],
  ['client', 'client-credentials'],
])('%s was meant to be %s', (given, meant) => expect(nearest(given, names)).toBe(meant));

test.each(['completely-else', 'x', '', 'wxyz', 'revert', 'wlcg', 'password1234'])(
  'nothing is suggested for %j, which is like no name or is one',
  (given) => expect(nearest(given, names)).toBeUndefined(),
);

test('the one with the fewest errors is suggested: neighbours that changed places are one', () => {
  expect(nearest('raed:', ['rad:', 'reads:', 'read:'])).toBe('rad:');
  expect(nearest('raed-it', ['raid-i', 'read-it'])).toBe('read-it');
});

test('a suggestion is a question', () => {
  expect(didYouMean('wlgc', names)).toEqual(["did you mean 'wlcg'?"]);
  expect(didYouMean('wlgc', names, (name) => `oidc-add ${name}`)).toEqual(['did you mean oidc-add wlcg?']);
  expect(didYouMean('else', names)).toEqual([]);
});
