/** Reads JSON that a request is, or that is in a request. */
import { parseJson } from './json.ts';

/** A request that breaks the protocol. Its text is the C agent's answer. */
export class BadRequest extends Error {
  override name = 'BadRequest';
}

/**
 * Reads a JSON object.
 * @param prefix begins the error's text
 * @throws BadRequest if the text is not JSON, or not of an object
 */
export function parseObject(json: string, prefix = ''): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(json);
  } catch {
    throw new BadRequest(`${prefix}could not parse json`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadRequest(`${prefix}is not a json object`);
  }
  return { ...value };
}

/**
 * Reads a JSON value, which the caller expects to be a list.
 * @throws BadRequest if the text is not JSON
 */
export function parseList(json: string): unknown {
  try {
    return parseJson(json);
  } catch {
    throw new BadRequest('could not parse json');
  }
}
