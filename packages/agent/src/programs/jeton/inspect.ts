import { readFileSync } from 'node:fs';
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import { discover } from '../../oauth/discovery.ts';
import { fetchKeys } from '../../oauth/keys.ts';
import { print } from '../../terminal/output.ts';
import { ProgramError } from '../../terminal/run.ts';

export interface InspectOptions {
  readonly issuer: string | undefined;
  readonly 'cert-path': string | undefined;
  readonly json: boolean;
}

/** `jeton inspect`: what a token says, and whether its issuer says so. */
export async function inspect(file: string | undefined, options: InspectOptions): Promise<void> {
  const token = readFileSync(file ?? 0, 'utf8').trim();
  const { header, claims } = decode(token);
  const verified =
    options.issuer === undefined ? undefined : await verify(token, options.issuer, options['cert-path']);
  if (options.json) print(JSON.stringify({ header, claims, verified: verified !== undefined }, undefined, 2));
  else for (const line of describe(claims, header.alg, verified)) print(line);
}

function decode(token: string) {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch {
    throw new ProgramError('This is not a JSON Web Token', [
      'an access token may be opaque: then only its issuer knows what it says',
      'for example: oidc-token wlcg | jeton inspect',
    ]);
  }
}

/** Throws a ProgramError when the signature, the issuer or the time is wrong. */
async function verify(token: string, issuer: string, certPath: string | undefined): Promise<JWTPayload> {
  const metadata = await discover({ issuer, certPath });
  const keys = await fetchKeys(metadata, { issuer, certPath });
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
      issuer: metadata.issuer,
      algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
    });
    return payload;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new ProgramError(`The token is not valid at ${metadata.issuer}: ${error.message}`);
  }
}

function describe(
  claims: JWTPayload,
  algorithm: string | undefined,
  verified: JWTPayload | undefined,
): string[] {
  const list = (value: unknown) => (Array.isArray(value) ? value.join(' ') : String(value));
  const lines: [string, string | undefined][] = [
    ['issuer', claims.iss],
    ['subject', claims.sub],
    ['audience', claims.aud === undefined ? undefined : list(claims.aud)],
    ['scopes', typeof claims.scope === 'string' ? claims.scope : undefined],
    ['groups', claims['wlcg.groups'] === undefined ? undefined : list(claims['wlcg.groups'])],
    ['profile', claims['wlcg.ver'] === undefined ? undefined : `WLCG ${String(claims['wlcg.ver'])}`],
    [
      'expires',
      claims.exp === undefined
        ? undefined
        : `${new Date(claims.exp * 1000).toISOString()} (${timeLeft(claims.exp)})`,
    ],
    [
      'signature',
      verified === undefined
        ? `${algorithm}, not verified (name the issuer: --issuer URL)`
        : `${algorithm}, verified`,
    ],
  ];
  return lines.flatMap(([name, value]) => (value === undefined ? [] : [`${`${name}:`.padEnd(11)}${value}`]));
}

function timeLeft(expiresAt: number): string {
  const seconds = Math.round(expiresAt - Date.now() / 1000);
  if (seconds <= 0) return 'expired';
  const minutes = Math.floor(seconds / 60);
  return minutes >= 1 ? `${minutes} min left` : `${seconds} s left`;
}
