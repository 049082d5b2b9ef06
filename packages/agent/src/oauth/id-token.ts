import { createLocalJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Secret } from '../secret.ts';
import type { IssuerMetadata } from './discovery.ts';
import { IssuerError } from './errors.ts';
import type { Call } from './http.ts';
import { fetchKeys } from './keys.ts';

/** Signatures that an issuer's public key can prove. What is symmetric, and `none`, proves nothing to us. */
const ASYMMETRIC = /^(?:(?:RS|PS|ES)(?:256|384|512)|EdDSA|Ed25519)$/;

/** Seconds by which our clock and the issuer's may differ. */
const CLOCK_TOLERANCE = 30;

export interface IdTokenRequest extends Omit<Call, 'issuer'> {
  metadata: IssuerMetadata;
  clientId: string;
  idToken: Secret;
  /** What the authorization request carried: the token must be the answer to that very request. */
  nonce?: string | undefined;
}

/**
 * Verifies an ID token that the token endpoint sent (OpenID Connect Core 3.1.3.7): signature by the issuer's keys, issuer,
 * audience, time, nonce. Fetches the keys each time, so call it when the token is about to be used or handed out.
 *
 * Gives the claims; throws `IssuerError` of kind `untrusted` when any of this is wrong.
 */
export async function validateIdToken(request: IdTokenRequest): Promise<JWTPayload> {
  const { metadata, clientId, idToken, nonce } = request;
  const { issuer, id_token_signing_alg_values_supported = ['RS256'] } = metadata;
  const fail = (why: string) =>
    new IssuerError(`the ID token is not valid: ${why}`, { issuer, kind: 'untrusted' });
  const keys = await fetchKeys(metadata, { ...request, issuer });
  try {
    const { payload } = await jwtVerify(idToken.reveal(), createLocalJWKSet(keys), {
      issuer,
      audience: clientId,
      algorithms: id_token_signing_alg_values_supported.filter((algorithm) => ASYMMETRIC.test(algorithm)),
      clockTolerance: CLOCK_TOLERANCE,
      requiredClaims: ['sub', 'exp', 'iat'],
    });
    if (Array.isArray(payload.aud) && payload.aud.length > 1 && payload.azp !== clientId) {
      throw fail('it is meant for others too');
    }
    if (nonce !== undefined && payload.nonce !== nonce) throw fail('it is the answer to another login');
    return payload;
  } catch (error) {
    throw error instanceof errors.JOSEError ? fail(error.message) : error;
  }
}
