import type { JsonObject, JsonValue } from '@jeton/protocol/cjson';
import { parseJson } from '@jeton/protocol/json';
import { FileError } from '../../files/errors.ts';

const HINTS = ['an account is one JSON object, as oidc-gen -p shows it'];

/**
 * Parses a JSON object, with an answer to duplicate members: the first that is not empty counts.
 *
 * Old releases of the C suite appended the client registration to the account without looking (`"audience": "x"`, and
 * further down `"audience": ""`); the C programs read the first, JSON.parse alone would keep the last.
 *
 * @throws FileError `malformed` that never quotes the text
 */
export function parseJsonObject(text: string): JsonObject {
  const value = parse(text);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new FileError('malformed', 'is not a json object', { hints: HINTS });
  }
  const members = new Map<string, JsonValue>();
  for (const [name, member] of topLevelMembers(text)) {
    const known = members.get(name);
    if (known === undefined || known === '') members.set(name, member);
  }
  return Object.fromEntries(members);
}

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // The parser's own message quotes the text, which holds secrets.
    throw new FileError('malformed', 'could not parse json', { hints: HINTS });
  }
}

/** The members of an object that is known to be valid JSON, duplicates included. */
function topLevelMembers(text: string): [string, JsonValue][] {
  const members: [string, JsonValue][] = [];
  let depth = 0;
  let name = '';
  let previous = '';
  let valueStart = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g)) {
    if (token === '{' || token === '[') depth += 1;
    if (depth === 1 && token === ':') {
      name = JSON.parse(previous);
      valueStart = index + 1;
    } else if (depth === 1 && valueStart > 0 && (token === ',' || token === '}')) {
      members.push([name, JSON.parse(text.slice(valueStart, index))]);
    }
    if (token === '}' || token === ']') depth -= 1;
    previous = token;
  }
  return members;
}
