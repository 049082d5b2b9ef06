import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import type { RunningIam } from './iam.ts';

/** The claims of a token that the issuer signed; anything else throws. */
export async function verifiedClaims(token: string, { issuer }: RunningIam): Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(`${issuer}jwk`));
  const { payload } = await jwtVerify(token.trim(), keys, { issuer, algorithms: ['RS256'] });
  return payload;
}
