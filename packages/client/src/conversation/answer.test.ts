import { expect, it } from 'vitest';
import { parseAnswer } from './answer.ts';

it.each([
  ['{"status":"success","info":"one\n\ttwo"}', 'one\n\ttwo'],
  ['{"status":"success","info":"a \\"quoted\\" line\u007f\n"}', 'a "quoted" line\u007f\n'],
  ['{\n"status":\t"success",\r\n"info":"\\\\"\n}', '\\'],
  ['{"status":"success","info":"\\\n"}', '\\u000a'],
])('escapes control characters within strings, and nothing else: %j', (text, info) => {
  expect(parseAnswer(text)).toMatchObject({ status: 'success', info });
});

// What takes longer with each quote takes more than a minute here: the time of the test is over.
it.each(['"\\', '\\"', '"', '\\', '\n', '"\\\n'])(
  'is soon done with an answer of many times %j, be it in a string or not',
  { timeout: 30_000 },
  (part) => {
    const many = part.repeat(100_000);
    expect(() => parseAnswer(many)).toThrow();
    expect(() => parseAnswer(`{"status":"${many}`)).toThrow('not a JSON object with a status');
  },
);
