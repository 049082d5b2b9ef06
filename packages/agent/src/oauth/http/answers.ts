/** Reads an issuer's answer: recognises a refusal and its reason, and checks the members. */
import { parseJson } from '@jeton/protocol/json';
import * as v from 'valibot';
import { UNPRINTABLE } from '../../harmless.ts';
import type { Secret } from '../../secret.ts';
import { IssuerError, type IssuerErrorKind } from './errors.ts';

const bodies = new WeakMap<Response, Promise<string>>();

/** The body of an answer, readable more than once. Avoids `clone`, whose streams take longer than all other processing. */
export function bodyOf(response: Response): Promise<string> {
  const body = bodies.get(response) ?? response.text();
  bodies.set(response, body);
  return body;
}

const Text = v.fallback(v.optional(v.string()), undefined);
/** The forms of an error from an issuer: two texts (RFC 6749 5.2), or an object, as in the APIs of Google and Microsoft. */
const ErrorBody = v.object({
  error: v.fallback(
    v.union([v.string(), v.object({ code: Text, status: Text, type: Text, message: Text })]),
    '',
  ),
  error_description: Text,
});
/** Other names of these members: those of Google for too many device codes, and those of Okta's APIs. */
const OtherErrorBody = v.object({ error_code: Text, errorCode: Text, errorSummary: Text });

/**
 * Checks an issuer's answer for an error. Understands JSON with `error` and `error_description` (RFC 6749 5.2) under
 * any content type and status, INDIGO IAM's `{"error":"free text"}`, an `error` that is an object, a `WWW-Authenticate`
 * challenge (RFC 6750 3), and answers without a reason. Redacts `secrets` from the message, because issuers repeat
 * tokens in their error texts.
 *
 * @throws IssuerError unless the status is a success (2xx) and the answer reports no error; an empty error is none
 */
export async function checkAnswer(
  response: Response,
  { issuer, secrets = [] }: { issuer: string; secrets?: readonly (Secret | undefined)[] },
): Promise<void> {
  const { status, ok } = response;
  const json = jsonOrUndefined(await bodyOf(response));
  const reported = errorIn(json);
  if (ok && reported === undefined) return;

  const challenge = response.headers.get('www-authenticate') ?? '';
  const reason = reported ??
    otherErrorIn(json) ?? {
      error: challengeParameter(challenge, 'error'),
      description: challengeParameter(challenge, 'error_description'),
    };
  const retryAfter = retryAfterIn(response.headers.get('retry-after'));
  const present = secrets.filter((secret) => secret !== undefined);
  throw refusal({ issuer, status, secrets: present, ...reason }).with({ retryAfter });
}

/** The seconds of a `Retry-After` header, which has a number of seconds or a date (RFC 9110 10.2.3). Undefined for anything else. */
function retryAfterIn(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header);
  const seconds = (Date.parse(header) - Date.now()) / 1000;
  return seconds > 0 ? seconds : undefined;
}

/** The error that an answer reports; undefined if none. */
function errorIn(json: unknown): { error: string | undefined; description: string | undefined } | undefined {
  const body = v.safeParse(ErrorBody, json);
  if (!body.success) return undefined;
  const { error, error_description: description } = body.output;
  if (typeof error === 'string') return error.trim() === '' ? undefined : { error, description };
  const { code = error.status ?? error.type, message } = error;
  return code || message ? { error: code, description: description ?? message } : undefined;
}

function otherErrorIn(
  json: unknown,
): { error: string | undefined; description: string | undefined } | undefined {
  const body = v.safeParse(OtherErrorBody, json);
  if (!body.success) return undefined;
  const { error_code, errorCode: error = error_code, errorSummary: description } = body.output;
  return error || description ? { error, description } : undefined;
}

/** The error for an issuer's `error` and `error_description`, from any part of its answer (RFC 6749 4.1.2.1, 5.2). */
export function refusal({
  issuer,
  status,
  secrets = [],
  ...reason
}: {
  issuer: string;
  status?: number;
  error: unknown;
  description: unknown;
  secrets?: Secret[];
}): IssuerError {
  const text = (value: unknown) =>
    typeof value === 'string' ? clean(value, secrets) || undefined : undefined;
  const [error, description] = [text(reason.error), text(reason.description)];
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
    case 'unauthorized': // INDIGO IAM's code for a wrong client secret
      return 'client_refused';
    case 'invalid_scope':
      return 'scope_refused';
    case 'access_denied':
    case 'authorization_declined': // Microsoft's code for it
      return 'denied';
    // OpenID Connect Core 3.1.2.6; Microsoft sends these at a refresh, too.
    case 'interaction_required':
    case 'login_required':
    case 'consent_required':
      return 'login_required';
    // RFC 6749 4.1.2.1
    case 'temporarily_unavailable':
    case 'server_error':
    case 'rate_limit_exceeded': // Google's code, with 403
      return 'unavailable';
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

/** The error codes of OAuth and OpenID Connect, and the codes that issuers use instead: see `kindOf` and RFC 8628 3.5. */
const CODE =
  /^(invalid|unsupported|unauthorized)_(request|client|grant|scope|token|target|grant_type|response_type|token_type|redirect_uri|client_metadata)$|^(access_denied|authorization_(declined|pending)|slow_down|expired_token|unauthorized|insufficient_scope|server_error|temporarily_unavailable|rate_limit_exceeded|(interaction|login|consent|account_selection)_required)$/;

/** An issuer's text, safe for a terminal: no control characters, none of our secrets, at most 500 characters. */
function clean(text: string, secrets: Secret[]): string {
  const known = secrets.flatMap(spellings).filter((value) => value.length >= 4);
  // Never redact an OAuth error code, even if a short secret matches: callers decide by it.
  const isCode = CODE.test(text) && !known.includes(text);
  const blotted = isCode
    ? text
    : known.reduce(
        (redacted, value) => redacted.replaceAll(value, '[secret]'),
        withoutCredentials(text, known),
      );
  return blotted.replace(UNPRINTABLE, ' ').trim().slice(0, 500);
}

/** Redacts Base64 that contains a known secret, such as the credentials of a Basic header. */
function withoutCredentials(text: string, known: readonly string[]): string {
  return text.replace(/[\w+/-]{8,}={0,2}/g, (run) => {
    const content = Buffer.from(run, 'base64').toString();
    return known.some((value) => content.includes(value)) ? '[secret]' : run;
  });
}

/**
 * The spellings of a secret in a form, in a URL and in JSON, in which an issuer may repeat a request; and in HTML: Spring, on
 * which INDIGO IAM is built, escapes its error texts.
 */
function spellings(secret: Secret): string[] {
  const value = secret.reveal();
  const form = new URLSearchParams({ '': value }).toString().slice(1);
  const html = value.replace(/[&<>"']/g, (character) => HTML[character] ?? character);
  return [value, form, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), html];
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

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
