import type { JsonValue } from './cjson.ts';

/** The deepest nesting of arrays and objects: the limit of the C library cJSON. Real texts stay far below it. */
export const DEEPEST = 1000;

/**
 * `JSON.parse` for a text from another program. It refuses deeply nested text: code that walks through such a value, or prints it,
 * would overflow the stack.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): JsonValue {
  if (isTooDeep(text)) throw new SyntaxError(`nested deeper than ${DEEPEST} levels`);
  return JSON.parse(text);
}

function isTooDeep(text: string): boolean {
  if (text.length <= DEEPEST) return false;
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}
