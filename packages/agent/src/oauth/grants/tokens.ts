import * as v from 'valibot';
import { Secret } from '../../secret.ts';
import { bodyOf, jsonOrUndefined, Printable, readAnswer } from '../http/answers.ts';
import { IssuerError } from '../http/errors.ts';
import type { Secrets } from '../http/redaction.ts';
import { checkAnswer } from '../http/refusals.ts';
import { unverifiedClaims } from '../tokens/unverified-claims.ts';

/** The content of a successful answer of the token endpoint (RFC 6749 5.1). */
export interface Tokens {
  accessToken: Secret;
  /** Seconds since the epoch; undefined if neither the answer nor the token has an expiry. */
  expiresAt: number | undefined;
  /** The scopes in the answer; undefined means exactly the requested ones. */
  scope: string | undefined;
  refreshToken: Secret | undefined;
  /** Seconds since the epoch; undefined if neither the answer nor the refresh token has an expiry. */
  refreshExpiresAt?: number | undefined;
  /** Not verified yet: see `validateIdToken`. */
  idToken: Secret | undefined;
  /** The whole answer as the issuer wrote it: JSON, with unknown members. */
  answer: Secret;
}

const Token = v.pipe(v.string(), v.nonEmpty());
/** RFC 6749 A.12. Programs print it and put it into headers unchanged. */
const AccessToken = v.pipe(v.string(), v.regex(/^[\x20-\x7e]+$/));
/** Maximum lifetime of a token in seconds: a thousand years. A longer or negative one is an error of the issuer. */
const MAX_LIFETIME_SECONDS = 1000 * 365 * 86_400;
export const Seconds = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))]),
  v.minValue(0),
  v.maxValue(MAX_LIFETIME_SECONDS),
);

/**
 * Token types that require a proof at each use, which this client cannot give. Issuers use many names for a bearer
 * token.
 */
const NEEDS_PROOF = /^\s*(?:dpop|mac|pop)\s*$/i;

const TokenAnswer = v.object({
  access_token: AccessToken,
  token_type: v.optional(
    v.pipe(
      v.unknown(),
      v.check((type) => !NEEDS_PROOF.test(String(type))),
    ),
  ),
  expires_in: v.fallback(v.optional(Seconds), undefined),
  /** Not in a standard. Keycloak sends 0 for a refresh token without an end. */
  refresh_expires_in: v.fallback(v.optional(Seconds), undefined),
  scope: v.fallback(v.optional(Printable), undefined),
  id_token: v.fallback(v.optional(Token), undefined),
});

/**
 * Reads the tokens from an answer of the token endpoint.
 *
 * Not left to oauth4webapi, which refuses the whole answer if an ID token in it is invalid: the new refresh token in the
 * answer, and with it the login, would be lost.
 *
 * @param secrets the secrets of the request, to redact from errors
 * @throws IssuerError for a refusal and for an unusable answer. If the answer contains a refresh token all the same,
 * the error has it: the old one may be dead
 */
export async function tokensIn(
  response: Response,
  { issuer, secrets }: { issuer: string; secrets: Secrets },
): Promise<Tokens> {
  try {
    await checkAnswer(response, { issuer, secrets });
    const { expires_in, refresh_expires_in, ...answer } = await readAnswer(response, TokenAnswer, issuer);
    const accessToken = new Secret(answer.access_token);
    const refreshToken = refreshTokenIn(await bodyOf(response), response.ok);
    return {
      accessToken,
      expiresAt: expires_in === undefined ? expiryOf(accessToken) : inSeconds(expires_in),
      scope: answer.scope,
      refreshToken,
      refreshExpiresAt: refresh_expires_in
        ? inSeconds(refresh_expires_in)
        : refreshToken && expiryOf(refreshToken),
      idToken: secret(answer.id_token),
      answer: new Secret(await bodyOf(response)),
    };
  } catch (error) {
    throw await withRefreshTokenOf(response, error);
  }
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000 + seconds);
const secret = (value: string | undefined) => (value === undefined ? undefined : new Secret(value));

/** Adds the refresh token in an answer, if any, to the error about that answer. */
export async function withRefreshTokenOf(response: Response, error: unknown): Promise<unknown> {
  const refreshToken = refreshTokenIn(await bodyOf(response), response.ok);
  return error instanceof IssuerError && refreshToken ? error.with({ refreshToken }) : error;
}

/**
 * The refresh token in an answer of the token endpoint, whatever else is wrong with that, also in broken JSON or after other text. A
 * refusal may repeat the refresh token of the request: there, one counts only beside an access token. The replacement of a mytoken
 * counts as a refresh token, too. Checks by hand: a schema that is used for the first time takes milliseconds, in which the answer may
 * be lost.
 *
 * @param isOk whether the answer has a status from 200 to 299
 */
export function refreshTokenIn(text: string, isOk: boolean): Secret | undefined {
  const json = jsonOrUndefined(text);
  if (json === undefined) {
    const [, quoted = ''] = /"refresh_token"\s*:\s*("(?:[^"\\]|\\.)+")/.exec(text) ?? [];
    return isOk ? token(jsonOrUndefined(quoted)) : undefined;
  }
  if (!(isOk || member(json, 'access_token'))) return undefined;
  return token(member(json, 'refresh_token')) ?? token(member(member(json, 'token_update'), 'mytoken'));
}

/** A member of a JSON object; undefined for what is none. */
function member(json: unknown, name: string): unknown {
  const isObject = typeof json === 'object' && json !== null;
  return isObject ? Object.entries(json).find(([key]) => key === name)?.[1] : undefined;
}

const token = (value: unknown) => (typeof value === 'string' && value !== '' ? new Secret(value) : undefined);

/**
 * The `exp` of a JWT, in seconds since the epoch; undefined when the token does not say. Tokens are opaque to a client, so use
 * this only for what the answer omits. The refresh tokens of INDIGO IAM are JWTs, too.
 */
export function expiryOf(token: Secret): number | undefined {
  const exp = unverifiedClaims(token)?.exp;
  const isTime = typeof exp === 'number' && exp >= 0 && exp <= Date.now() / 1000 + MAX_LIFETIME_SECONDS;
  return isTime ? Math.floor(exp) : undefined;
}
