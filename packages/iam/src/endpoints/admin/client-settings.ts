import * as v from 'valibot';
import type { ClientSettings } from '../../clients/clients.ts';
import { ApiError } from '../../errors.ts';

const text = 'must be true or false';
const flag = (name: string) => v.optional(v.boolean(`${name} ${text}`), false);
const seconds = (name: string) =>
  v.nullish(v.pipe(v.number(`${name} must be a number`), v.integer(), v.minValue(0, `${name} is negative`)));

const settings = v.object({
  access_token_validity_seconds: seconds('access_token_validity_seconds'),
  refresh_token_validity_seconds: seconds('refresh_token_validity_seconds'),
  id_token_validity_seconds: seconds('id_token_validity_seconds'),
  device_code_validity_seconds: seconds('device_code_validity_seconds'),
  reuse_refresh_token: flag('reuse_refresh_token'),
  allow_introspection: flag('allow_introspection'),
  clear_access_tokens_on_refresh: flag('clear_access_tokens_on_refresh'),
  require_auth_time: flag('require_auth_time'),
});

const identity = v.object({
  client_id: v.nullish(v.pipe(v.string('client_id must be a string'), v.minLength(1), v.maxLength(256))),
  client_secret: v.nullish(
    v.pipe(
      v.string('client_secret must be a string'),
      v.minLength(4, 'client_secret must have 4 to 512 characters'),
      v.maxLength(512, 'client_secret must have 4 to 512 characters'),
    ),
  ),
});

/**
 * Reads the settings of a client that an administrator has sent. As in IAM the document must be complete: a missing switch is off, a
 * missing lifetime the default.
 * @throws ApiError 400
 */
export function parseClientSettings(body: unknown): Omit<ClientSettings, 'active'> {
  const { access_token_validity_seconds, ...rest } = parse(settings, body);
  const { refresh_token_validity_seconds, id_token_validity_seconds, device_code_validity_seconds } = rest;
  return {
    ...rest,
    access_token_validity_seconds: access_token_validity_seconds ?? undefined,
    refresh_token_validity_seconds: refresh_token_validity_seconds ?? undefined,
    id_token_validity_seconds: id_token_validity_seconds ?? undefined,
    device_code_validity_seconds: device_code_validity_seconds ?? undefined,
  };
}

/**
 * The id and the secret that an administrator chooses for a client, if any.
 * @throws ApiError 400
 */
export function parseClientIdentity(body: unknown): { id: string | undefined; secret: string | undefined } {
  const { client_id, client_secret } = parse(identity, body);
  return { id: client_id ?? undefined, secret: client_secret ?? undefined };
}

function parse<T extends v.GenericSchema>(schema: T, body: unknown): v.InferOutput<T> {
  const result = v.safeParse(schema, body, { abortEarly: true });
  if (!result.success) throw new ApiError(400, result.issues[0].message);
  return result.output;
}
