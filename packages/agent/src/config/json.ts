import { parseJson } from '@jeton/protocol/json';
import { jsonFault, type Place } from './json-position.ts';

/** The content of a configuration file, or the place of its first syntax error. */
export type CommentedJson = { value: unknown; fault?: undefined } | { fault: Place; value?: undefined };

/** Parses the JSON of the suite's configuration files, in which lines that start with `#` are comments. */
export function parseCommentedJson(text: string): CommentedJson {
  const json = withoutComments(text);
  try {
    return { value: parseJson(json) };
  } catch (error) {
    const fault = jsonFault(json);
    if (fault === undefined) throw error;
    return { fault };
  }
}

/** The text without a byte order mark, and with its comments blanked, so that positions stay true. */
export function withoutComments(text: string): string {
  return text.replace(/^\uFEFF/, '').replace(/^[ \t]*#.*$/gm, (line) => ' '.repeat(line.length));
}
