import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { exportJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import type { ExpiringMap } from '../state/expiring-map.ts';

/** The key that signs all tokens. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
}

const KID = 'rsa1';

/** The key of an earlier start, or a new RSA key of 2048 bits; its id is that of IAM's default key. */
export async function signingKey(keys: ExpiringMap<JWK>): Promise<SigningKey> {
  const privateJwk = keys.get(KID) ?? (await newPrivateJwk());
  keys.set(KID, privateJwk);
  const { kty, n, e } = privateJwk;
  return {
    kid: KID,
    privateKey: createPrivateKey({ key: privateJwk, format: 'jwk' }),
    publicJwk: { kty: kty ?? 'RSA', n: n ?? '', e: e ?? '', kid: KID },
    privateJwk,
  };
}

async function newPrivateJwk(): Promise<JWK> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return { ...(await exportJWK(privateKey)), kid: KID, alg: 'RS256', use: 'sig' };
}

/** Signs claims as IAM does: RS256, and only `kid` and `alg` in the header. */
export function sign(key: SigningKey, claims: JWTPayload): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ kid: key.kid, alg: 'RS256' }).sign(key.privateKey);
}

/** A JWT without a signature. IAM's refresh tokens are such JWTs: random text with a readable expiry time. */
export function unsignedJwt(claims: JWTPayload): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}
