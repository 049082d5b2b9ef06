/** Recognises a refusal in an issuer's answer, and its reason. */
import * as v from 'valibot';
import { bodyOf, jsonOrUndefined } from './answers.ts';
import { IssuerError, type IssuerErrorKind } from './errors.ts';
import { redacted, type Secrets } from './redaction.ts';

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
  { issuer, secrets = [] }: { issuer: string; secrets?: Secrets },
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
  throw refusal({ issuer, status, secrets, ...reason }).with({ retryAfter });
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
  secrets?: Secrets;
}): IssuerError {
  const text = (value: unknown) =>
    typeof value === 'string' ? redacted(value, secrets) || undefined : undefined;
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
