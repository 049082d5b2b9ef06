/**
 * Regular expressions, as far as the error texts of agents need them: `^` at the beginning, `\\b`, `\\d`, `.*`, and characters that
 * stand for themselves.
 */
import { BACKSLASH, isDigit, isLineEnd, isWord, POINT, SMALL_B } from './characters';

const CARET: i32 = 0x5e;

/** Whether the pattern matches somewhere in the text. */
export function matches(pattern: string, text: string): bool {
  if (pattern.charCodeAt(0) === CARET) return matchesAt(pattern, 1, text, 0);
  for (let position = 0; position <= text.length; position++) {
    if (matchesAt(pattern, 0, text, position)) return true;
  }
  return false;
}

/** Whether the rest of the pattern matches at a position of the text. Beyond a text, there is the character -1. */
function matchesAt(pattern: string, from: i32, text: string, position: i32): bool {
  for (let index = from; index < pattern.length; index++) {
    const code = pattern.charCodeAt(index);
    if (code === POINT) return matchesAfterAny(pattern, index + 2, text, position);
    if (code !== BACKSLASH) {
      if (text.charCodeAt(position++) !== code) return false;
    } else if (pattern.charCodeAt(++index) === SMALL_B) {
      if (isWord(text.charCodeAt(position - 1)) === isWord(text.charCodeAt(position))) return false;
    } else if (!isDigit(text.charCodeAt(position++))) {
      return false;
    }
  }
  return true;
}

/** Whether the rest of the pattern matches after any number of characters of the line. */
function matchesAfterAny(pattern: string, from: i32, text: string, position: i32): bool {
  while (!matchesAt(pattern, from, text, position)) {
    if (position >= text.length || isLineEnd(text.charCodeAt(position))) return false;
    position++;
  }
  return true;
}
