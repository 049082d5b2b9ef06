/** Characters, and kinds of them. */

export const QUOTE: i32 = 0x22;
export const PLUS: i32 = 0x2b;
export const COMMA: i32 = 0x2c;
export const MINUS: i32 = 0x2d;
export const POINT: i32 = 0x2e;
export const SLASH: i32 = 0x2f;
export const ZERO: i32 = 0x30;
export const COLON: i32 = 0x3a;
export const EQUALS: i32 = 0x3d;
export const CAPITAL_E: i32 = 0x45;
export const BRACKET: i32 = 0x5b;
export const BACKSLASH: i32 = 0x5c;
export const CLOSING_BRACKET: i32 = 0x5d;
export const SMALL_B: i32 = 0x62;
export const SMALL_E: i32 = 0x65;
export const SMALL_F: i32 = 0x66;
export const SMALL_N: i32 = 0x6e;
export const SMALL_R: i32 = 0x72;
export const SMALL_T: i32 = 0x74;
export const SMALL_U: i32 = 0x75;
export const BRACE: i32 = 0x7b;
export const CLOSING_BRACE: i32 = 0x7d;

export function isDigit(code: i32): bool {
  return code >= 0x30 && code <= 0x39;
}

/** `\w` of a regular expression. */
export function isWord(code: i32): bool {
  const letter = code | 0x20;
  return isDigit(code) || code === 0x5f || (letter >= 0x61 && letter <= 0x7a);
}

/** What `.` of a regular expression does not match, and what ends a comment in the file `config`. */
export function isLineEnd(code: i32): bool {
  return code === 0x0a || code === 0x0d || code === 0x2028 || code === 0x2029;
}

/** A character of base64 with its padding. */
export function isBase64(code: i32): bool {
  const letter = code | 0x20;
  return (
    isDigit(code) || (letter >= 0x61 && letter <= 0x7a) || code === PLUS || code === SLASH || code === EQUALS
  );
}

/** `\p{Cc}`. */
export function isControl(code: i32): bool {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f);
}

/** Whether a character is not harmless for a terminal, by the rules of harmless.ts: controls, marks of direction, no width. */
export function isUnfit(code: i32): bool {
  if (code < 0x061c) return isControl(code);
  return (
    code === 0x061c ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    code === 0xfeff
  );
}

/** `\s`. */
export function isSpace(code: i32): bool {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  if (code >= 0x2000 && code <= 0x200a) return true;
  return (
    code === 0xa0 ||
    code === 0x1680 ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0xfeff
  );
}

/** Visible ASCII. */
export function isVisible(code: i32): bool {
  return code >= 0x21 && code <= 0x7e;
}

/** Whether all characters are of a kind. An empty text has no others. */
export function consistsOf(text: string, isOfKind: (code: i32) => bool): bool {
  for (let index = 0; index < text.length; index++) {
    if (!isOfKind(text.charCodeAt(index))) return false;
  }
  return true;
}

/** A whole number that a `number` of JavaScript holds exactly; -1 for anything else. */
export function wholeNumber(digits: string): i64 {
  if (digits === '' || !consistsOf(digits, isDigit)) return -1;
  let value: i64 = 0;
  for (let index = 0; index < digits.length; index++) {
    value = value * 10 + (digits.charCodeAt(index) - 0x30);
    if (value > MAX_SAFE_INTEGER) return -1;
  }
  return value;
}

const MAX_SAFE_INTEGER: i64 = 9007199254740991;
