/** Reads and checks the body of an issuer's answer. */
import { parseJson } from '@jeton/protocol/json';
import * as v from 'valibot';
import { UNPRINTABLE } from '../../harmless.ts';
import { IssuerError } from './errors.ts';

const bodies = new WeakMap<Response, Promise<string>>();

/** The body of an answer, readable more than once. Avoids `clone`, whose streams take longer than all other processing. */
export function bodyOf(response: Response): Promise<string> {
  const body = bodies.get(response) ?? response.text();
  bodies.set(response, body);
  return body;
}

/** A text from an issuer to show to the user: not empty, and without control characters. */
export const Printable = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check((text) => text.search(UNPRINTABLE) === -1, 'must not contain control characters'),
);

/**
 * Reads a JSON answer by a schema.
 * @throws IssuerError of kind `malformed` that names the first invalid member, never its value
 */
export async function readAnswer<Schema extends v.GenericSchema>(
  response: Response,
  schema: Schema,
  issuer: string,
): Promise<v.InferOutput<Schema>> {
  const json = jsonOrUndefined(await bodyOf(response));
  const fail = (message: string) =>
    new IssuerError(message, { issuer, kind: 'malformed', status: response.status });
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw fail('Provider answered with unexpected response, JSON expected');
  }
  // Servers written in Java send null for a missing member.
  const present = Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
  const result = v.safeParse(schema, present);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const member = v.getDotPath(issue) ?? 'answer';
  throw fail(`Provider answered with unexpected response, '${member}' is missing or malformed`);
}

/** JSON, or undefined for anything else. */
export function jsonOrUndefined(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
