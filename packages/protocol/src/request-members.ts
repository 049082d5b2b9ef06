/** The kinds of members that requests have: how the agent reads a text, a number, a list ... of a client. */
import * as v from 'valibot';
import { parseList, parseObject } from './request-json.ts';

/** The C agent reads every value as text; these three texts mean that the value is absent. */
const absent = new Set(['', 'null', '(null)']);

/** Whether a value is a text that means that the value is absent. */
export const isAbsentText = (value: unknown): boolean => typeof value === 'string' && absent.has(value);

/** A text; any other value becomes its JSON. */
export const text = v.optional(
  v.pipe(
    v.unknown(),
    v.transform((value) => {
      if (value === null || value === undefined) return undefined;
      const written = typeof value === 'string' ? value : JSON.stringify(value);
      return absent.has(written) ? undefined : written;
    }),
  ),
);

/** A whole number, also as text or as true and false. Any other value counts as absent. */
export const integer = v.optional(
  v.pipe(
    v.unknown(),
    v.transform((value) => {
      if (value === null || value === '') return undefined;
      const number = Math.trunc(Number(value));
      return Number.isFinite(number) ? number : undefined;
    }),
  ),
);

/** A number of seconds or of something else: 0 or more, and no more than the seconds of thousands of years. */
export const amount = v.pipe(
  integer,
  v.check((value) => value === undefined || (value >= 0 && value <= 1e11)),
);

/** 1, as a number, a text or true; any other value counts as false. */
export const flag = v.optional(
  v.pipe(
    v.unknown(),
    v.transform((value) => Number(value) === 1),
  ),
  false,
);

/** An object, also when it comes as the text of one. */
export const object = v.pipe(
  v.unknown(),
  v.transform((value) => (typeof value === 'string' ? parseObject(value) : value)),
  v.custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
  v.record(v.string(), v.unknown()),
);

/** A list of words: a JSON list, the text of such a list, or one word. */
export const names = v.optional(
  v.pipe(
    v.unknown(),
    v.transform((value) => (typeof value === 'string' && value.startsWith('[') ? parseList(value) : value)),
    v.transform((value) => (typeof value === 'string' ? [value] : value)),
    v.array(v.string()),
  ),
  [],
);

/** How the agent gets the password of an account file, and until when. */
export const passwordEntry = v.optional(
  v.pipe(
    object,
    v.object({
      type: amount,
      password: text,
      command: text,
      pw_file: text,
      gpg_key: text,
      expires_at: amount,
      expires_after: amount,
    }),
  ),
);

/** Base64 of so many bytes. */
const base64Of = (bytes: number) =>
  v.pipe(
    v.string(),
    v.check((value) => Buffer.from(value, 'base64').length === bytes),
  );

/** The key of the account file, from a client that has just derived it, so that the agent can save a new refresh token. */
export const fileKey = v.optional(v.object({ salt: base64Of(16), key: base64Of(64) }));
