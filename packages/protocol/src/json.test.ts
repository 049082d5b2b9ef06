import { expect, test } from 'vitest';
import { printCjson } from './cjson.ts';
import { parseJson } from './json.ts';

const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth);

test('what is nested as deep as cJSON reads it is read, and can be printed', () => {
  const value = parseJson(nested(1000));
  expect(JSON.stringify(value)).toBe(nested(1000));
  const object = { request: parseJson('{"a":'.repeat(999) + nested(1) + '}'.repeat(999)) };
  expect(JSON.parse(printCjson(JSON.parse(JSON.stringify(object))))).toEqual(object);
});

test.each([
  ['by one level', nested(1001)],
  ['by far', nested(100_000)],
  ['in objects', '{"a":'.repeat(100_000) + 1 + '}'.repeat(100_000)],
  ['without an end', '['.repeat(100_000)],
])('what is nested deeper %s is refused', (_how, text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});

test('brackets side by side, or in texts, are not nested', () => {
  const side = `[${'[],{},'.repeat(5000)}"${'[{'.repeat(5000)}", "\\"${'['.repeat(2000)}\\\\"]`;
  expect(parseJson(side)).toEqual(JSON.parse(side));
});
