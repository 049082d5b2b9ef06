import { expect, test } from 'vitest';
import { dateAndDistance, inWords } from './duration.ts';

test.each([
  [0, '0 seconds'],
  [1, '1 second'],
  [59.9, '59 seconds'],
  [60, '1 minute'],
  [3599, '59 minutes 59 seconds'],
  [3600, '1 hour'],
  [3605, '1 hour'],
  [7265, '2 hours 1 minute'],
  [90_000, '1 day 1 hour'],
  [90_000 * 24 + 59, '25 days'],
])('%d s are %s', (seconds, words) => expect(inWords(seconds)).toBe(words));

test('a time is printed as a date and a distance', () => {
  expect(dateAndDistance(1_000_000_000, 999_999_000)).toBe('2001-09-09T01:46:40Z (in 16 minutes 40 seconds)');
  expect(dateAndDistance(1_000_000_000, 1_000_003_600)).toBe('2001-09-09T01:46:40Z (1 hour ago)');
});

test.each(['soon', 1e300, null, Number.NaN, {}])('%j is not a time, and breaks nothing', (claim) => {
  expect(dateAndDistance(claim, 0)).toMatch(/\(not a time\)$/);
});
