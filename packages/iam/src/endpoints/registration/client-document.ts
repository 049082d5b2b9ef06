import type { Context } from 'koa';
import * as v from 'valibot';
import { authenticationMethods } from '../../clients/clients.ts';
import { EmptyError } from '../../errors.ts';
import { knownGrants } from '../../grants/names.ts';
import { readText } from '../../http/body.ts';

/** IAM's JSON reader converts numbers and booleans to text, and refuses lists and objects. */
const text = v.nullish(v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String)));
const texts = v.nullish(v.array(v.string()));

/** A single space separates scopes. IAM's JSON reader ignores a list, and anything else that is not text. */
const scope = v.pipe(
  v.unknown(),
  v.transform((value) => (typeof value === 'string' ? [...new Set(value.trim().split(' '))] : [])),
);

const document = v.object({
  client_id: text,
  client_secret: text,
  client_name: text,
  client_description: text,
  redirect_uris: texts,
  client_uri: text,
  tos_uri: text,
  policy_uri: text,
  jwks_uri: text,
  contacts: texts,
  grant_types: v.nullish(v.array(v.picklist(knownGrants))),
  response_types: v.nullish(v.array(v.picklist(['code', 'token']))),
  token_endpoint_auth_method: v.nullish(v.picklist(authenticationMethods)),
  scope: v.optional(scope),
  jwk: text,
  code_challenge_method: text,
  default_max_age: v.nullish(v.pipe(v.number(), v.integer())),
});

/** The description of a client in a request (RFC 7591 section 2), with the scopes as a list. */
export type ClientDocument = v.InferOutput<typeof document>;

/**
 * Reads the JSON object in a request about a client.
 * @throws EmptyError 415 if the content type is not JSON, 400 if the body is not a JSON object
 */
export async function readClientJson(ctx: Context): Promise<Readonly<Record<string, unknown>>> {
  const body = await readText(ctx);
  if (body !== '' && !/^application\/(?:.+\+)?json$/i.test(ctx.request.type)) throw new EmptyError(415);
  const json = jsonOf(body);
  const parsed = v.safeParse(v.record(v.string(), v.unknown()), Array.isArray(json) ? undefined : json);
  if (!parsed.success) throw new EmptyError(400);
  return parsed.output;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Parses a description of a client, and drops members that IAM does not know.
 * @throws EmptyError 400 for values that IAM's JSON reader refuses, such as an unknown grant type
 */
export function clientDocument(json: unknown): ClientDocument {
  const parsed = v.safeParse(document, json);
  if (!parsed.success) throw new EmptyError(400);
  return parsed.output;
}
