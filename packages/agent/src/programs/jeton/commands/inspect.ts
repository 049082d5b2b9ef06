import { parseJson } from '@jeton/protocol/json';
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
  type ProtectedHeaderParameters,
} from 'jose';
import { defineProgram } from '../../../command-line/option-table.ts';
import { readArguments } from '../../../command-line/options.ts';
import { dateAndDistance } from '../../../duration.ts';
import { harmless, harmlessJson, UNPRINTABLE } from '../../../harmless.ts';
import { meantIssuer, withoutSlash } from '../../../oauth/issuer/issuer-url.ts';
import { fetchKeys } from '../../../oauth/issuer/keys.ts';
import { print, printJson } from '../../../terminal/output.ts';
import { ProgramError } from '../../../terminal/run.ts';
import { warnOfClock } from '../../clock-warning.ts';
import { tokenSource } from '../secrets.ts';
import { discoverNamed, issuerOptions, Settings } from '../settings.ts';

export const program = defineProgram({
  name: 'jeton inspect',
  argsDoc: '[FILE]',
  doc: 'Decode a token from FILE or standard input, and with --issuer verify it',
  positionals: { min: 0, max: 1 },
  options: {
    'General:': {
      issuer: { ...issuerOptions.issuer, doc: 'Verify the token with the keys of this issuer' },
      'cert-path': issuerOptions['cert-path'],
      json: { doc: 'Print header and claims as JSON' },
    },
  },
});

/** The content of a token. */
interface Token {
  readonly header: ProtectedHeaderParameters;
  readonly claims: JWTPayload;
}

/**
 * `jeton inspect`: also an invalid token is shown, before the program fails for it.
 * @throws ProgramError if the token cannot be read, is no JSON Web Token, or is not valid at the issuer; IssuerError or
 * IssuerUnreachableError if the issuer gives no keys
 */
export async function run(argv: readonly string[]): Promise<void> {
  const { options, positionals } = readArguments(program, argv);
  const { issuer, 'cert-path': certPath, json } = options;
  const settings = new Settings(options);
  const readToken = tokenSource(settings, 'the token', positionals[0]);
  settings.complete();
  const text = readToken().reveal();
  const token = decode(text);
  const problem = issuer === undefined ? undefined : await verify(text, issuer, certPath);
  const verified = issuer !== undefined && problem === undefined;
  if (json) printJson(JSON.stringify({ ...token, verified }, undefined, 2));
  else {
    const signature = issuer === undefined ? 'not verified (name the issuer: --issuer=URL)' : 'verified';
    for (const line of describe(token, problem ?? signature, Date.now() / 1000)) print(harmless(line));
  }
  if (issuer !== undefined) warnOfClock(meantIssuer(issuer));
  if (problem !== undefined) throw new ProgramError(`The token is not valid at ${issuer}: ${problem}`);
}

function decode(token: string): Token {
  try {
    for (const part of token.split('.', 2)) parseJson(Buffer.from(part, 'base64url').toString('utf8'));
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch {
    throw new ProgramError('This is not a JSON Web Token', [
      'an access token may be opaque: then only its issuer can read it (jeton introspect)',
      'for example: oidc-token wlcg | jeton inspect',
    ]);
  }
}

/** Returns the defect of signature, issuer or time; undefined if the token is valid. */
async function verify(token: string, issuer: string, certPath: string | undefined) {
  const metadata = await discoverNamed(issuer, certPath);
  const keys = await fetchKeys(metadata, { issuer, certPath });
  const name = withoutSlash(metadata.issuer);
  try {
    await jwtVerify(token, createLocalJWKSet(keys), {
      // INDIGO IAM may leave the slash out in access tokens that its discovery document has.
      issuer: [name, `${name}/`],
      algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
    });
    return undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError) return error.message;
    throw error;
  }
}

/**
 * Describes a token for the user, one line for each fact.
 * @param signature the result of checking it
 * @param now seconds since the epoch
 */
export function describe({ header, claims }: Token, signature: string, now: number): string[] {
  const version = claims['wlcg.ver'];
  const time = (claim: unknown) => (claim === undefined ? undefined : dateAndDistance(claim, now));
  const lines: [name: string, value: string | undefined][] = [
    ['issuer', list(claims.iss)],
    ['subject', list(claims.sub)],
    ['client', list(claims.client_id)],
    ['audience', list(claims.aud)?.replace(ANYBODY, `${ANYBODY} (anybody)`)],
    ['scopes', list(claims.scope)],
    ['groups', list(claims['wlcg.groups'] ?? claims.groups ?? claims.roles)],
    ['entitled', list(claims.entitlements ?? claims.eduperson_entitlement)],
    ['profile', version === undefined ? undefined : `WLCG ${list(version)}`],
    ['login', time(claims.auth_time)],
    ['issued', time(claims.iat)],
    ['starts', claims.nbf === claims.iat ? undefined : time(claims.nbf)],
    ['expires', time(claims.exp) ?? 'never'],
    ['signature', `${list(header.alg)}, ${signature}`],
  ];
  return lines.flatMap(([name, value]) => (value === undefined ? [] : [`${`${name}:`.padEnd(11)}${value}`]));
}

/** The audience that every service of the WLCG accepts (WLCG Common JWT Profile). */
const ANYBODY = 'https://wlcg.cern.ch/jwt/v1/any';

/** A claim that may be a string, a list or absent; hostile ones are anything. */
function list(claim: unknown): string | undefined {
  if (claim === undefined) return undefined;
  const parts = Array.isArray(claim) ? claim : [claim];
  // A line break must not make a claim look like one of our lines.
  const isPlain = (part: unknown) => typeof part === 'string' && part.search(UNPRINTABLE) === -1;
  return parts.map((part) => (isPlain(part) ? part : harmlessJson(JSON.stringify(part)))).join(' ') || 'none';
}
