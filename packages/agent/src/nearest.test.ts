import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';
import { commands } from './programs/jeton/commands.ts';

const names = Object.keys(commands);

test.each([
  ['devicecode', 'device-code'],
  ['pasword', 'password'],
  ['introspct', 'introspect'],
  ['dev', 'device-code'],
  ['client', 'client-credentials'],
])('%s was meant to be %s', (given, meant) => expect(nearest(given, names)).toBe(meant));

test('nothing is suggested for a word that is like no command', () => {
  expect(nearest('completely-else', names)).toBeUndefined();
  expect(nearest('x', names)).toBeUndefined();
});
