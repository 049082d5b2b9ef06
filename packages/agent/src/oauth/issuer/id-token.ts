import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import type { Secret } from '../../secret.ts';
import { clockHints } from '../http/clock-skew.ts';
import { IssuerError } from '../http/errors.ts';
import type { IssuerRequest } from './discovery.ts';
import { fetchKeys } from './keys.ts';

/** Signatures that the client can verify with an issuer's public key. Symmetric ones, and `none`, prove nothing. */
const ASYMMETRIC = /^(?:(?:RS|PS|ES)(?:256|384|512)|EdDSA|Ed25519)$/;

/** Seconds by which our clock and the issuer's may differ. */
const CLOCK_TOLERANCE_SECONDS = 30;

export interface IdTokenRequest extends IssuerRequest {
  clientId: string;
  idToken: Secret;
  /** The nonce of the authorization request, which the token must repeat. */
  nonce?: string | undefined;
  /** Supplies the issuer's keys, and newer ones after a key was missing. Fetches them by default. */
  keys?: ((choice: { newer: boolean }) => Promise<JSONWebKeySet>) | undefined;
}

/**
 * Verifies an ID token that the token endpoint sent (OpenID Connect Core 3.1.3.7): signature by the issuer's keys, issuer,
 * audience, time, nonce, and the client that it was issued to.
 *
 * @returns the claims
 * @throws IssuerError of kind `untrusted` if any of these is wrong
 */
export async function validateIdToken(request: IdTokenRequest): Promise<JWTPayload> {
  const { metadata, clientId, idToken, nonce } = request;
  const { issuer, id_token_signing_alg_values_supported = ['RS256'] } = metadata;
  const { keys = () => fetchKeys(metadata, { ...request, issuer }) } = request;
  const fail = (why: string, hints: readonly string[] = []) =>
    new IssuerError(`the ID token is not valid: ${why}`, { issuer, kind: 'untrusted', hints });
  const verify = async (choice: { newer: boolean }) =>
    await jwtVerify(idToken.reveal(), createLocalJWKSet(await keys(choice)), {
      issuer,
      audience: clientId,
      algorithms: id_token_signing_alg_values_supported.filter((algorithm) => ASYMMETRIC.test(algorithm)),
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['sub', 'exp', 'iat'],
    });
  try {
    const { payload } = await verify({ newer: false }).catch((error: unknown) => {
      // The issuer may have a new key.
      if (error instanceof errors.JWKSNoMatchingKey && request.keys) return verify({ newer: true });
      throw error;
    });
    const { aud, azp } = payload;
    if (Array.isArray(aud) && aud.length > 1 && azp === undefined) throw fail('it is for other clients, too');
    if (azp !== undefined && azp !== clientId) throw fail('it was issued to another client');
    if (nonce !== undefined && payload.nonce !== nonce) throw fail('it belongs to another login');
    return payload;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    const time = outOfTime(error);
    throw time === undefined ? fail(error.message) : fail(time, clockHints(issuer));
  }
}

/** The times of both clocks for a token that is refused because of its time: one of the clocks may be wrong. */
function outOfTime(error: errors.JOSEError): string | undefined {
  if (!(error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed))
    return undefined;
  const { claim, payload } = error;
  const time = claim === 'exp' || claim === 'nbf' || claim === 'iat' ? payload[claim] : undefined;
  const [theirs, ours] = [isoTime(Number(time) * 1000), isoTime(Date.now())];
  if (typeof time !== 'number' || theirs === undefined) return undefined;
  const what = claim === 'exp' ? 'it expired at' : 'it is valid only from';
  return `${what} ${theirs} by the clock of the issuer, and the clock of this computer says ${ours}`;
}

function isoTime(milliseconds: number): string | undefined {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? undefined : `${date.toISOString().slice(0, 19)}Z`;
}
