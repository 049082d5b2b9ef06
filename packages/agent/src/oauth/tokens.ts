import { decodeJwt } from 'jose/jwt/decode';
import * as v from 'valibot';
import { Secret } from '../secret.ts';
import { bodyOf, Printable, readAnswer } from './answers.ts';

/** What a successful answer of the token endpoint carries (RFC 6749 5.1). */
export interface Tokens {
  accessToken: Secret;
  /** Seconds since the epoch; undefined when neither the answer nor the token says. */
  expiresAt: number | undefined;
  /** The scopes as the issuer gave them; undefined means exactly those asked for. */
  scope: string | undefined;
  refreshToken: Secret | undefined;
  /** Not verified yet: see `validateIdToken`. */
  idToken: Secret | undefined;
  /** The whole answer as the issuer wrote it: JSON, with members that we know nothing of. */
  answer: Secret;
}

const Token = v.pipe(v.string(), v.nonEmpty());
/** RFC 6749 A.12. It is printed, and put into headers, as it is. */
const AccessToken = v.pipe(v.string(), v.regex(/^[\x20-\x7e]+$/));
/** No token lives longer than this: a thousand years. Beyond, and below 0, an issuer says nothing that could be meant. */
const LONGEST_LIFE = 1000 * 365 * 86_400;
export const Seconds = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))]),
  v.minValue(0),
  v.maxValue(LONGEST_LIFE),
);

const TokenAnswer = v.object({
  access_token: AccessToken,
  token_type: v.optional(v.pipe(v.string(), v.regex(/^bearer$/i)), 'Bearer'),
  // What follows never makes an answer worthless: it may hold the only copy of a rotated refresh token.
  expires_in: v.fallback(v.optional(Seconds), undefined),
  scope: v.fallback(v.optional(Printable), undefined),
  refresh_token: v.fallback(v.optional(Token), undefined),
  id_token: v.fallback(v.optional(Token), undefined),
  /** How a mytoken server replaces a mytoken, which is its refresh token. */
  token_update: v.fallback(v.optional(v.object({ mytoken: Token })), undefined),
});

/**
 * Reads a token answer.
 *
 * Not left to oauth4webapi, which refuses the whole answer when an ID token in it is odd. A refresh token that was rotated
 * in that answer would be lost, and with it the login.
 */
export async function readTokens(response: Response, issuer: string): Promise<Tokens> {
  const text = await bodyOf(response);
  const answer = await readAnswer(response, TokenAnswer, issuer);
  const { access_token, expires_in } = answer;
  const secret = (value: string | undefined) => (value === undefined ? undefined : new Secret(value));
  return {
    accessToken: new Secret(access_token),
    expiresAt: expires_in === undefined ? expiryOf(access_token) : Math.floor(Date.now() / 1000 + expires_in),
    scope: answer.scope,
    refreshToken: secret(answer.refresh_token ?? answer.token_update?.mytoken),
    idToken: secret(answer.id_token),
    answer: new Secret(text),
  };
}

/** The `exp` of a JWT. Tokens are opaque to a client, so this is only for what the issuer does not say in its answer. */
export function expiryOf(token: string): number | undefined {
  try {
    const { exp } = decodeJwt(token);
    const isTime = typeof exp === 'number' && exp >= 0 && exp <= Date.now() / 1000 + LONGEST_LIFE;
    return isTime ? Math.floor(exp) : undefined;
  } catch {
    return undefined;
  }
}
