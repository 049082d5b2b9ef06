import { expect, test } from 'vitest';
import { scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { clockHints, clockProblem, noteDate } from './clock-skew.ts';
import { send } from './http.ts';

const NOON_MS = Date.UTC(2026, 10, 30, 12);
const date = (seconds: number) => new Date(NOON_MS + seconds * 1000).toUTCString();

/** The problem with an issuer whose clock differs by so many seconds, if the exchange took so long. */
function problemAt(seconds: number, { took = 0, age }: { took?: number; age?: string } = {}) {
  const issuer = `https://${seconds}-${took}-${age}.example/`;
  noteDate(issuer, { date: date(seconds), age }, { sent: NOON_MS, received: NOON_MS + took * 1000 });
  return clockProblem(issuer.slice(0, -1))?.problem;
}

test.each([
  [-300, "the clock of this computer is 4 minutes 59 seconds ahead of the issuer's"],
  [7200, "the clock of this computer is 2 hours behind the issuer's"],
  [-61, undefined],
  [60, undefined],
  [0, undefined],
])('an issuer whose clock differs by %d s: %s', (seconds, problem) => {
  expect(problemAt(seconds)).toBe(problem);
});

test('a slow answer does not look like a wrong clock', () => {
  expect(problemAt(90)).toContain('1 minute 30 seconds behind');
  expect(problemAt(90, { took: 40 })).toBeUndefined();
  expect(problemAt(100, { took: 25 })).toContain('1 minute 15 seconds behind');
});

test('the date of an answer from a cache says nothing', () => {
  expect(problemAt(-3600, { age: '3600' })).toBeUndefined();
});

test('a clock that was set right is forgotten', async () => {
  const { url: issuer } = await scriptedIssuer({
    '/': [
      { headers: { date: new Date(Date.now() + 3600_000).toUTCString() } },
      { headers: { date: 'no date' } },
      {},
    ],
  });
  const ask = () => send(issuer, { method: 'GET', headers: {} }, { issuer });
  await ask();
  expect(clockHints(issuer)).toEqual([
    expect.stringMatching(
      /^the clock of this computer is (1 hour|59 minutes \d+ seconds) behind the issuer's$/,
    ),
    expect.stringContaining('not valid yet'),
  ]);
  await ask();
  expect(clockHints(issuer)).toHaveLength(2);
  await ask();
  expect(clockHints(issuer)).toEqual([]);
});
