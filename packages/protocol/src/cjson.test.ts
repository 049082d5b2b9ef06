import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type JsonValue, printCjson } from './cjson.ts';

// Every expectation here is what cJSON_Print of cJSON 1.7.15 prints for the same value.
test.each<[string, JsonValue, string]>([
  ['an object', { name: 'wlcg', daeSetByUser: 0 }, '{\n\t"name":\t"wlcg",\n\t"daeSetByUser":\t0\n}'],
  ['an empty object', {}, '{\n}'],
  ['a nested empty object', { a: {} }, '{\n\t"a":\t{\n\t}\n}'],
  ['an empty array', { a: [] }, '{\n\t"a":\t[]\n}'],
  ['an array of strings', { a: ['x', 'y'] }, '{\n\t"a":\t["x", "y"]\n}'],
  [
    'an array of objects',
    { a: [{ k: 1 }, { k: 2 }] },
    '{\n\t"a":\t[{\n\t\t\t"k":\t1\n\t\t}, {\n\t\t\t"k":\t2\n\t\t}]\n}',
  ],
  ['an array of objects at the top', [{ k: 1 }, {}], '[{\n\t\t"k":\t1\n\t}, {\n\t}]'],
  ['nested objects', { a: { b: { c: null } } }, '{\n\t"a":\t{\n\t\t"b":\t{\n\t\t\t"c":\tnull\n\t\t}\n\t}\n}'],
  ['true, false, null', [true, false, null], '[true, false, null]'],
  [
    'escapes',
    'q" s/ b\\ \b\f\n\r\t \u0001\u001f \u007f é 漢 😀',
    '"q\\" s/ b\\\\ \\b\\f\\n\\r\\t \\u0001\\u001f \u007f é 漢 😀"',
  ],
])('prints %s as cJSON does', (_what, value, expected) => {
  expect(printCjson(value)).toBe(expected);
});

test.each<[number, string]>([
  [0, '0'],
  [1600444894, '1600444894'],
  [-1, '-1'],
  [4102444800, '4102444800'],
  [1.5, '1.5'],
  [0.1, '0.1'],
  [1 / 3, '0.33333333333333331'],
  [123456789012345, '123456789012345'],
  [1e15, '1e+15'],
  [1234567890123456, '1234567890123456'],
  [1e21, '1e+21'],
  [1.5e300, '1.5e+300'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [2 ** -22, '2.384185791015625e-07'],
  [Number.NaN, 'null'],
])('prints the number %d as cJSON does', (value, expected) => {
  expect(printCjson(value)).toBe(expected);
});

// Here cJSON itself prints 0.3 and 9.00719925474099e+15: another number.
test.each([0.30000000000000004, Number.MAX_SAFE_INTEGER])('the last bit of %d survives', (number) => {
  expect(Number(printCjson(number))).toBe(number);
});

test('what is printed reads back as the same value', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const value: JsonValue = JSON.parse(json.replaceAll('-0', '0'));
      expect(JSON.parse(printCjson(value))).toEqual(value);
    }),
  );
});
