/**
 * Makes text from elsewhere (issuers, files, names, other programs) harmless for a terminal. These characters are not:
 * - control characters, C0 and C1: terminals obey them;
 * - marks and separators that change the direction of writing, or begin a line: the terminal shows something else than the text says;
 * - characters without width, which make two different names look the same.
 */
const UNFIT = '\\p{Cc}\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff';

/** Runs of such characters, line breaks and tabs included. */
export const UNPRINTABLE = new RegExp(`[${UNFIT}]+`, 'gu');

/** One of them, except a line break or a tab. */
const DANGEROUS = new RegExp(`(?![\\n\\t])[${UNFIT}]`, 'gu');

/** One of them, except those that JSON may have between its members. */
const DANGEROUS_IN_JSON = new RegExp(`(?![\\n\\t]|\\r\\n)[${UNFIT}]`, 'gu');

/** A text of one line or more, with `?` for each character that is not harmless. */
export function harmless(text: string): string {
  return text.replace(DANGEROUS, '?');
}

/** The same JSON with such characters escaped, so that a parser reads the same values. */
export function harmlessJson(json: string): string {
  return json.replace(DANGEROUS_IN_JSON, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
