import type { JWTPayload } from 'jose';
import { decodeJwt } from 'jose/jwt/decode';
import type { Secret } from '../../secret.ts';

/**
 * Decodes the claims of a JWT (RFC 7519) without a check of its signature. Use them for hints and times, never for trust.
 * Undefined for a token that is no JWT.
 */
export function unverifiedClaims(token: Secret): JWTPayload | undefined {
  try {
    return decodeJwt(token.reveal());
  } catch {
    return undefined;
  }
}
