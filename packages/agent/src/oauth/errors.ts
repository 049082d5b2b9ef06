import * as v from 'valibot';
import type { Secret } from '../secret.ts';

/**
 * What went wrong at an issuer, in the words that a caller decides by.
 *
 * - `refresh_token_invalid`: the refresh token is expired, revoked or unknown; only a new login helps.
 * - `client_refused`: the issuer does not know the client, or its secret is wrong.
 * - `scope_refused`: a scope may not be had.
 * - `denied`: a person or a policy said no.
 * - `expired`: the device code is over.
 * - `unavailable`: the issuer is in trouble (5xx, 408, 429); later it may work.
 * - `unsupported`: the issuer has no such endpoint or does not do such a thing.
 * - `untrusted`: the issuer is not who it should be, or sends us to an address without https.
 * - `malformed`: the answer is not what the protocol asks for.
 * - `refused`: any other refusal; `error` and `description` say more.
 */
export type IssuerErrorKind =
  | 'refresh_token_invalid'
  | 'client_refused'
  | 'scope_refused'
  | 'denied'
  | 'expired'
  | 'unavailable'
  | 'unsupported'
  | 'untrusted'
  | 'malformed'
  | 'refused';

interface IssuerErrorDetails {
  issuer: string;
  kind: IssuerErrorKind;
  status?: number | undefined;
  error?: string | undefined;
  description?: string | undefined;
  hints?: readonly string[];
  refreshToken?: Secret | undefined;
}

/** The issuer answered, and the answer is a refusal or cannot be used. `message` is `error: description` where it can be. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError';
  readonly issuer: string;
  readonly kind: IssuerErrorKind;
  /** The HTTP status, undefined when nothing was sent. */
  readonly status: number | undefined;
  /** The `error` member of the answer (RFC 6749 5.2), without control characters. */
  readonly error: string | undefined;
  readonly description: string | undefined;
  /** What the person can do, one sentence each. */
  readonly hints: readonly string[];
  /** The new refresh token in an answer that is of no other use. */
  readonly refreshToken: Secret | undefined;

  constructor(
    message: string,
    { issuer, kind, status, error, description, hints = [], refreshToken }: IssuerErrorDetails,
  ) {
    super(message);
    this.issuer = issuer;
    this.kind = kind;
    this.status = status;
    this.error = error;
    this.description = description;
    this.hints = hints;
    this.refreshToken = refreshToken;
  }
}

/** The issuer did not answer: no connection, a connection that broke, or no answer in time. */
export class IssuerUnreachableError extends Error {
  override readonly name = 'IssuerUnreachableError';
  readonly issuer: string;
  /** Why, in words. */
  readonly reason: string;
  /** Whether the issuer may have got the request. Only when false it is safe to send a refresh request again. */
  readonly sent: boolean;
  readonly hints: readonly string[];

  constructor(
    message: string,
    details: { issuer: string; reason: string; sent: boolean; hints?: readonly string[] },
  ) {
    super(message);
    this.issuer = details.issuer;
    this.reason = details.reason;
    this.sent = details.sent;
    this.hints = details.hints ?? [];
  }
}

const ErrorBody = v.object({ error: v.string(), error_description: v.optional(v.unknown()) });

/**
 * Throws an `IssuerError` unless the answer has one of the expected statuses and reports no error.
 *
 * Understands JSON with `error` and `error_description` (RFC 6749 5.2) under any content type and status, INDIGO IAM's
 * `{"error":"free text"}`, a `WWW-Authenticate` challenge (RFC 6750 3), and answers that say nothing. Issuers repeat
 * tokens in their error texts, so whatever was sent as `secrets` is blotted out of the message.
 */
export async function checkAnswer(
  response: Response,
  { issuer, expected = [200], secrets = [] }: { issuer: string; expected?: number[]; secrets?: Secret[] },
): Promise<void> {
  const { status } = response;
  const body = v.safeParse(ErrorBody, parseJson(await response.clone().text()));
  if (expected.includes(status) && !body.success) return;

  const challenge = response.headers.get('www-authenticate') ?? '';
  const said = body.success
    ? { error: body.output.error, description: body.output.error_description }
    : {
        error: challengeParameter(challenge, 'error'),
        description: challengeParameter(challenge, 'error_description'),
      };
  throw refusal({ issuer, status, secrets, ...said });
}

/** The error for what an issuer said in `error` and `error_description`, wherever that stood (RFC 6749 4.1.2.1, 5.2). */
export function refusal({
  issuer,
  status,
  secrets = [],
  ...said
}: {
  issuer: string;
  status?: number;
  error: unknown;
  description: unknown;
  secrets?: Secret[];
}): IssuerError {
  const text = (value: unknown) =>
    typeof value === 'string' ? clean(value, secrets) || undefined : undefined;
  const [error, description] = [text(said.error), text(said.description)];
  const message = [error, description].filter((part) => part !== undefined).join(': ');
  return new IssuerError(message || `Received Http Status Code ${status}`, {
    issuer,
    status,
    error,
    description,
    kind: kindOf(status ?? 400, error),
  });
}

function kindOf(status: number, error: string | undefined): IssuerErrorKind {
  switch (error) {
    case 'invalid_client':
    case 'unauthorized_client':
    case 'unauthorized': // INDIGO IAM's word for a wrong client secret
      return 'client_refused';
    case 'invalid_scope':
      return 'scope_refused';
    case 'access_denied':
      return 'denied';
    case 'expired_token':
      return 'expired';
  }
  return status >= 500 || status === 429 || status === 408 ? 'unavailable' : 'refused';
}

/** One parameter of a WWW-Authenticate header, as a quoted string or a token (RFC 9110 11.2). */
function challengeParameter(challenge: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|[\\s,])${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,"]+))`, 'i').exec(
    challenge,
  );
  return match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2];
}

/** What an issuer says, fit for a terminal: no control characters, none of our secrets, at most 500 characters. */
function clean(text: string, secrets: Secret[]): string {
  const known = secrets.flatMap(spellings).filter((value) => value.length >= 4);
  // An error code stays as it is, whatever a short secret may look like: callers decide by it.
  const isCode = /^[a-z_]{1,40}$/.test(text) && !known.includes(text);
  const harmless = isCode ? text : known.reduce((rest, value) => rest.replaceAll(value, '[secret]'), text);
  return harmless.replace(UNPRINTABLE, ' ').trim().slice(0, 500);
}

/** A secret as it is, and as it travels in a form and in an address: whoever repeats a request repeats it in these. */
function spellings(secret: Secret): string[] {
  const value = secret.reveal();
  return [value, new URLSearchParams({ '': value }).toString().slice(1), encodeURIComponent(value)];
}

/** Control characters, line separators, and the marks that turn the writing direction round. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** A text from an issuer that will be shown to people: not empty, and without characters that drive a terminal. */
export const Printable = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check((text) => text.search(UNPRINTABLE) === -1, 'must not contain control characters'),
);

/**
 * Reads a JSON answer by a schema.
 * Throws an `IssuerError` of kind `malformed` that names the first member which is wrong, never its value.
 */
export async function readAnswer<Schema extends v.GenericSchema>(
  response: Response,
  schema: Schema,
  issuer: string,
): Promise<v.InferOutput<Schema>> {
  const json = parseJson(await response.text());
  const fail = (message: string) =>
    new IssuerError(message, { issuer, kind: 'malformed', status: response.status });
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw fail('Provider answered with unexpected response, JSON expected');
  }
  // A null member means the same as none (RFC 7159 has no opinion, servers written in Java do).
  const present = Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
  const result = v.safeParse(schema, present);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const member = v.getDotPath(issue) ?? 'answer';
  throw fail(`Provider answered with unexpected response, '${member}' is missing or malformed`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
