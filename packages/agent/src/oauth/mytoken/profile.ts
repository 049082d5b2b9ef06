import type { JsonValue } from '@jeton/protocol/cjson';
import { parseJson } from '@jeton/protocol/json';
import * as v from 'valibot';

/** The capabilities of a mytoken: the members of a request for it. */
export type MytokenProfile = Readonly<Record<string, unknown>>;

const Name = v.pipe(v.string(), v.trim(), v.nonEmpty());
const Profile = v.union([
  v.pipe(
    v.union([Name, v.pipe(v.array(Name), v.nonEmpty())]),
    v.transform((include): MytokenProfile => ({ include })),
  ),
  v.pipe(
    v.unknown(),
    v.check((value) => !Array.isArray(value)),
    v.record(v.string(), v.unknown()),
  ),
]);

/**
 * Reads a profile: the name of a profile at the server, an array of such names, or an object with all capabilities of the
 * mytoken. Array and object may also be JSON text. Undefined for anything else.
 */
export function readProfile(value: unknown): MytokenProfile | undefined {
  const result = v.safeParse(Profile, typeof value === 'string' ? profileValue(value) : value);
  return result.success ? result.output : undefined;
}

/** Parses a stored profile: returns the value of JSON text, or the name. Undefined for broken JSON. */
export function profileValue(text: string): JsonValue | undefined {
  if (!/^\s*[[{"]/.test(text)) return text;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
