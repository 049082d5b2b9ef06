import type { JsonValue } from './cjson.ts';

/** How deep arrays and objects may be nested: as deep as the C library cJSON reads them. No honest text comes near. */
const DEEPEST = 1000;

/**
 * `JSON.parse` for a text that somebody else has written. What is nested deeper than anybody nests is refused: who goes through
 * it, or prints it, would come to the end of the stack.
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
