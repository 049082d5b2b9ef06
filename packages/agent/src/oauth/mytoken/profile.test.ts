import { expect, test } from 'vitest';
import { profileValue, readProfile } from './profile.ts';

test.each([
  ['agent', { include: 'agent' }],
  ['"agent"', { include: 'agent' }],
  ['["agent", "short"]', { include: ['agent', 'short'] }],
  ['{"capabilities":["AT"]}', { capabilities: ['AT'] }],
  [{ capabilities: ['AT'] }, { capabilities: ['AT'] }],
  [['agent'], { include: ['agent'] }],
])('the profile %j is sent as %j', (given, sent) => {
  expect(readProfile(given)).toEqual(sent);
});

test.each(['', ' ', '{"capabilities":', '[]', '[1]', 7, null])('%j is no profile', (given) => {
  expect(readProfile(given)).toBeUndefined();
});

test('a profile is stored as the value of its JSON; broken JSON is not a name', () => {
  expect(['agent', '{"include":"a"}', '{"include"'].map(profileValue)).toEqual([
    'agent',
    { include: 'a' },
    undefined,
  ]);
});
