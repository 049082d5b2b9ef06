import { type JsonObject, type JsonValue, printCjson } from '@jeton/protocol/cjson';
import * as v from 'valibot';
import { FileError } from '../files/errors.ts';
import { Secret } from '../secret.ts';
import { parseJsonObject } from './format/json-object.ts';

/**
 * The content of an account file: a client at an issuer, and its grant. The member names are those of the file
 * (docs/account-file.md); an empty string there is an absent member here.
 */
export interface Account {
  readonly name: string;
  readonly client_name?: string | undefined;
  /** The issuer in its own spelling, trailing slash or not. */
  readonly issuer_url: string;
  readonly mytoken_url?: string | undefined;
  /** The address of the issuer's metadata, if not at the usual place. */
  readonly config_endpoint?: string | undefined;
  readonly device_authorization_endpoint?: string | undefined;
  /** The user gave the device authorization endpoint, so discovery does not replace it. */
  readonly daeSetByUser?: boolean | undefined;
  /** Empty for an account of a mytoken server without a client, as oidc-agent 5.3 writes it. */
  readonly client_id: string;
  readonly client_secret?: Secret | undefined;
  readonly refresh_token?: Secret | undefined;
  /** A file with the certificate authorities to trust. */
  readonly cert_path?: string | undefined;
  /** The host to which the account may speak plain http, for development; see `insecure-http.ts`. */
  readonly insecure_http?: string | undefined;
  /** The scopes to ask for at authorization, separated by spaces. */
  readonly auth_scope?: string | undefined;
  /** The scopes that the issuer granted, which a refresh asks for. */
  readonly refresh_scope?: string | undefined;
  readonly audience?: string | undefined;
  /** An OAuth 2 issuer without OpenID Connect. */
  readonly oauth?: boolean | undefined;
  readonly uses_pub_client?: boolean | undefined;
  readonly mytoken_profile?: JsonValue | undefined;
  readonly redirect_uris?: readonly string[] | undefined;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  /** RFC 7592: the token with which to read and delete the client. */
  readonly registration_access_token?: Secret | undefined;
  readonly registration_client_uri?: string | undefined;
  /** RFC 7591. */
  readonly token_endpoint_auth_method?: string | undefined;
  /** Hashes of the account's former refresh tokens, the oldest first; see `replaced-tokens.ts`. */
  readonly replaced_refresh_tokens?: readonly string[] | undefined;
  /** All other members, in their order: written back as they are. */
  readonly others?: JsonObject | undefined;
}

// The C programs take these for "absent", and numbers for their text.
const ABSENT: readonly unknown[] = [undefined, null, '', 'null', '(null)'];
const text = v.pipe(
  v.nullish(v.union([v.string(), v.number()])),
  v.transform((value) => (ABSENT.includes(value) ? undefined : String(value))),
);
const requiredText = v.pipe(
  v.union([v.string(), v.number()]),
  v.transform(String),
  v.check((value) => !ABSENT.includes(value)),
);
const textOrEmpty = v.pipe(
  text,
  v.transform((value) => value ?? ''),
);
const secret = v.pipe(
  text,
  v.transform((value) => (value === undefined ? undefined : new Secret(value))),
);
const flag = v.pipe(
  v.nullish(v.union([v.string(), v.number(), v.boolean()])),
  v.transform((value) => Number(value ?? 0) > 0),
);

const uris = v.pipe(
  v.unknown(),
  v.transform((value) => (ABSENT.includes(value) ? undefined : value)),
  v.optional(v.array(v.string())),
);
const profile = v.pipe(
  v.custom<JsonValue>(() => true),
  v.transform((value) => (ABSENT.includes(value) ? undefined : value)),
);
const members = {
  name: requiredText,
  client_name: v.optional(text),
  issuer_url: requiredText,
  mytoken_url: v.optional(text),
  config_endpoint: v.optional(text),
  device_authorization_endpoint: v.optional(text),
  daeSetByUser: v.optional(flag),
  client_id: v.optional(textOrEmpty, ''),
  client_secret: v.optional(secret),
  refresh_token: v.optional(secret),
  cert_path: v.optional(text),
  insecure_http: v.optional(text),
  auth_scope: v.optional(text),
  refresh_scope: v.optional(text),
  audience: v.optional(text),
  oauth: v.optional(flag),
  uses_pub_client: v.optional(flag),
  mytoken_profile: v.optional(profile),
  redirect_uris: v.optional(uris),
  redirect_uris_by_address: v.optional(uris),
  username: v.optional(text),
  password: v.optional(secret),
  registration_access_token: v.optional(secret),
  registration_client_uri: v.optional(text),
  token_endpoint_auth_method: v.optional(text),
  replaced_refresh_tokens: v.fallback(v.optional(v.array(v.string())), undefined),
};
const schema = v.object(members);

/**
 * Reads the text of a decrypted account file.
 * @throws FileError `malformed` that names the member, never a value
 */
export function parseAccount(text: string): Account {
  return accountFromJson(parseJsonObject(text));
}

/**
 * Reads an account that came as JSON.
 * @throws FileError `malformed` that names the member, never a value
 */
export function accountFromJson(json: JsonObject): Account {
  const { issuer, scope, ...rest } = json;
  const known = {
    ...rest,
    issuer_url: ABSENT.includes(rest.issuer_url) ? issuer : rest.issuer_url,
    auth_scope: ABSENT.includes(rest.auth_scope) ? scope : rest.auth_scope,
  };
  const result = v.safeParse(schema, known);
  if (!result.success) {
    const name = v.getDotPath(result.issues[0]);
    if (name === 'name' || name === 'issuer_url') throw missing(name);
    throw new FileError('malformed', `unexpected type of json key: ${name}`);
  }
  const { client_id, mytoken_url } = result.output;
  if (client_id === '' && mytoken_url === undefined) throw missing('client_id');
  const others = Object.fromEntries(Object.entries(rest).filter(([name]) => !Object.hasOwn(members, name)));
  const { redirect_uris, redirect_uris_by_address: byAddress, ...account } = result.output;
  return {
    ...account,
    redirect_uris: byAddress ? [...(redirect_uris ?? []), ...byAddress] : redirect_uris,
    others,
  };
}

/**
 * Redirect URIs as a file has them. The C programs refuse a file that has one with another host than `localhost`, so those are in
 * a member of their own, which the C programs do not read.
 */
export function redirectUriMembers(all: readonly string[] = []): {
  redirect_uris?: readonly string[];
  redirect_uris_by_address?: readonly string[];
} {
  const isByAddress = (uri: string) => /^http:\/\/(127\.0\.0\.1|\[::1\])([:/]|$)/.test(uri);
  const [byAddress, others] = [all.filter(isByAddress), all.filter((uri) => !isByAddress(uri))];
  return {
    ...(others.length > 0 && { redirect_uris: others }),
    ...(byAddress.length > 0 && { redirect_uris_by_address: byAddress }),
  };
}

const missing = (name: string) => new FileError('malformed', `could not find json key: ${name}`);

/** The account as JSON, its secrets revealed, in the order in which the C suite writes the members. */
export function accountToJson(account: Account): JsonObject {
  return {
    name: account.name,
    client_name: account.client_name ?? '',
    issuer_url: account.issuer_url,
    mytoken_url: account.mytoken_url ?? '',
    config_endpoint: account.config_endpoint ?? '',
    device_authorization_endpoint: account.device_authorization_endpoint ?? '',
    daeSetByUser: account.daeSetByUser ? 1 : 0,
    client_id: account.client_id,
    client_secret: account.client_secret?.reveal() ?? '',
    refresh_token: account.refresh_token?.reveal() ?? '',
    cert_path: account.cert_path ?? '',
    auth_scope: account.auth_scope ?? '',
    refresh_scope: account.refresh_scope ?? '',
    // oidc-agent 4 knows no auth_scope.
    scope: account.auth_scope ?? '',
    audience: account.audience ?? '',
    // The C programs keep these two as bits of one number.
    oauth: account.oauth ? 16 : 0,
    uses_pub_client: account.uses_pub_client ? 32 : 0,
    ...present({ mytoken_profile: account.mytoken_profile }),
    ...redirectUriMembers(account.redirect_uris),
    username: account.username ?? '',
    password: account.password?.reveal() ?? '',
    ...present({
      insecure_http: account.insecure_http,
      registration_access_token: account.registration_access_token?.reveal(),
      registration_client_uri: account.registration_client_uri,
      token_endpoint_auth_method: account.token_endpoint_auth_method,
      replaced_refresh_tokens: account.replaced_refresh_tokens,
    }),
    ...account.others,
  };
}

/** The text to encrypt into the account file, laid out as the C suite does. */
export function printAccount(account: Account): string {
  return printCjson(accountToJson(account));
}

function present(members: Record<string, JsonValue | undefined>): JsonObject {
  const found: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(members)) if (value !== undefined) found[name] = value;
  return found;
}
