/**
 * Every request that the agent understands (docs/protocol.md, "Requests"): one schema for each. An invalid request gets
 * the error text of the C agent.
 */
import * as v from 'valibot';
import { BadRequest, parseObject } from './request-json.ts';
import {
  amount,
  fileKey,
  flag,
  integer,
  isAbsentText,
  names,
  object,
  passwordEntry,
  text,
} from './request-members.ts';

/** The permitted members of each request. */
export const schemas = {
  access_token: v.object({
    request: v.literal('access_token'),
    account: text,
    issuer: text,
    min_valid_period: integer,
    scope: text,
    audience: text,
    application_hint: text,
    has_terminal: flag,
  }),
  id_token: v.object({
    request: v.literal('id_token'),
    account: text,
    issuer: text,
    scope: text,
    application_hint: text,
    has_terminal: flag,
  }),
  mytoken: v.object({
    request: v.literal('mytoken'),
    account: text,
    mytoken_profile: v.optional(v.unknown()),
    application_hint: text,
    has_terminal: flag,
  }),
  mytoken_supported_providers: v.object({
    request: v.literal('mytoken_supported_providers'),
    issuer: text,
    config_endpoint: text,
    cert_path: text,
  }),
  add: v.object({
    request: v.literal('add'),
    config: object,
    lifetime: amount,
    pw_entry: passwordEntry,
    confirm: flag,
    always_allow_id_token: flag,
    // Its name in oidc-agent 4.
    always_allow_id: flag,
    plain_add: flag,
    file_key: fileKey,
    file_name: text,
    no_file: flag,
  }),
  remove: v.object({
    request: v.literal('remove'),
    account: text,
    // jeton only: an `add` with a new login follows, which then keeps the options (confirm, lifetime ...) of this account.
    keep_options: flag,
  }),
  gen: v.object({
    request: v.literal('gen'),
    config: object,
    flow: names,
    pw_entry: passwordEntry,
    no_webserver: flag,
    no_scheme: flag,
    only_at: flag,
  }),
  reauthenticate: v.object({ request: v.literal('reauthenticate'), account: text }),
  device: v.object({ request: v.literal('device'), oidc_device: object, only_at: flag }),
  code_exchange: v.object({ request: v.literal('code_exchange'), redirect_uri: text, from_gen: flag }),
  state_lookup: v.object({ request: v.literal('state_lookup'), state: text }),
  term_http_server: v.object({ request: v.literal('term_http_server'), state: text }),
  scopes: v.object({
    request: v.literal('scopes'),
    issuer: text,
    config_endpoint: text,
    cert_path: text,
  }),
  register: v.object({
    request: v.literal('register'),
    config: object,
    flow: names,
    authorization: text,
  }),
  delete: v.object({ request: v.literal('delete'), config: object }),
  delete_client: v.object({
    request: v.literal('delete_client'),
    registration_client_uri: text,
    registration_access_token: text,
    cert_path: text,
  }),
  file_write: v.object({ request: v.literal('file_write'), filename: text, data: text }),
  file_read: v.object({ request: v.literal('file_read'), filename: text }),
  file_remove: v.object({ request: v.literal('file_remove'), filename: text }),
  lock: v.object({ request: v.literal('lock'), password: text }),
  unlock: v.object({ request: v.literal('unlock'), password: text }),
  remove_all: v.object({ request: v.literal('remove_all') }),
  loaded_accounts: v.object({ request: v.literal('loaded_accounts') }),
  account_info: v.object({ request: v.literal('account_info') }),
  // jeton only: `pid` asks for the process id of the agent, which a locked agent tells, too.
  check: v.object({ request: v.literal('check'), pid: flag }),
  status: v.object({ request: v.literal('status') }),
  status_json: v.object({ request: v.literal('status_json') }),
};

type Schemas = typeof schemas;
export type RequestName = keyof Schemas;
/** A request after validation. Absent members are undefined, numbers are numbers. */
export type Request = { [Name in RequestName]: v.InferOutput<Schemas[Name]> }[RequestName];
export type RequestOf<Name extends RequestName> = v.InferOutput<Schemas[Name]>;

/**
 * Reads one request.
 * @param admit gets the name of the request before its other members are read, and refuses the request by throwing
 * @throws BadRequest with the C agent's text: not JSON, not an object, no or unknown request type, a malformed member.
 */
export function parseRequest(message: string, admit?: (name: RequestName) => void): Request {
  const members = withoutAbsent(parseObject(message, 'Bad Request: '));
  const name = members.request;
  if (name === undefined) throw new BadRequest('Bad Request: No request type.');
  if (typeof name !== 'string' || !isRequestName(name))
    throw new BadRequest('Bad Request: Unknown request type.');
  admit?.(name);
  const result = v.safeParse(schemas[name], members);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const member = issue.path?.map((item) => String(item.key)).join('.') ?? 'request';
  if (member === 'config' && members.config === undefined) {
    throw new BadRequest('Argument is NULL in function getAccountFromJSON');
  }
  throw new BadRequest(`Bad Request: ${member} is malformed`);
}

function withoutAbsent(members: Record<string, unknown>): Record<string, unknown> {
  const present = Object.entries(members).filter(([, value]) => value !== null && !isAbsentText(value));
  return Object.fromEntries(present);
}

/** The names of all requests. */
export const requestNames: readonly RequestName[] = Object.keys(schemas).filter(isRequestName);

function isRequestName(name: string): name is RequestName {
  return Object.hasOwn(schemas, name);
}
