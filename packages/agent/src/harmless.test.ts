import fc from 'fast-check';
import { expect, test } from 'vitest';
import { harmless, harmlessJson } from './harmless.ts';

/** By code points, apart from the patterns of the code: what a terminal obeys, turns round, or does not show. */
function isUnfit(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  const within = (first: number, last: number) => code >= first && code <= last;
  return (
    within(0x00, 0x1f) ||
    within(0x7f, 0x9f) ||
    code === 0x61c ||
    within(0x200b, 0x200f) ||
    within(0x2028, 0x202e) ||
    within(0x2060, 0x206f) ||
    code === 0xfeff
  );
}

const special = fc.integer({ min: 0, max: 0x2070 }).map((code) => String.fromCharCode(code));
const text = fc.string({
  unit: fc.oneof(special, fc.constantFrom('\ufeff', '"', '\\', '\r\n'), fc.string()),
});

test('a text keeps its length and its other characters, whatever is in it', () => {
  fc.assert(
    fc.property(text, (given) => {
      const shown = [...harmless(given)];
      const expected = [...given].map((one) => (isUnfit(one) && one !== '\n' && one !== '\t' ? '?' : one));
      expect(shown).toEqual(expected);
    }),
  );
});

test('JSON has none of them, in either layout, and says the same', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ stringUnit: fc.oneof(special, fc.constant('\ufeff')) }),
      fc.boolean(),
      (value, isWide) => {
        const shown = harmlessJson(JSON.stringify(value, undefined, isWide ? 2 : undefined));
        expect([...shown].filter((one) => isUnfit(one) && one !== '\n')).toEqual([]);
        expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(value)));
      },
    ),
  );
});

test('JSON keeps its own line ends and tabs', () => {
  expect(harmlessJson('{\r\n\t"a":\t"\u009b31m\u202e"\r\n}')).toBe('{\r\n\t"a":\t"\\u009b31m\\u202e"\r\n}');
});
