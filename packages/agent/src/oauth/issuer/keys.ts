import type { JSONWebKeySet } from 'jose';
import * as v from 'valibot';
import { readAnswer } from '../http/answers.ts';
import type { Call } from '../http/call.ts';
import { IssuerError } from '../http/errors.ts';
import { send } from '../http/http.ts';
import { checkAnswer } from '../http/refusals.ts';
import type { IssuerMetadata } from './discovery.ts';

const Key = v.looseObject({ kty: v.string() });
const Keys = v.object({ keys: v.array(v.unknown()) });

/**
 * Fetches the public keys of an issuer. Ignores entries that are no keys (RFC 7517 5).
 * @throws `IssuerError` or `IssuerUnreachableError`
 */
export async function fetchKeys(
  { jwks_uri, insecureHttp }: IssuerMetadata,
  call: Omit<Call, 'insecureHttp'>,
): Promise<JSONWebKeySet> {
  const { issuer } = call;
  if (jwks_uri === undefined) {
    throw new IssuerError('the issuer publishes no keys', { issuer, kind: 'untrusted' });
  }
  const headers = { accept: 'application/json, application/jwk-set+json' };
  const response = await send(jwks_uri, { method: 'GET', headers }, { ...call, insecureHttp });
  await checkAnswer(response, { issuer });
  const { keys } = await readAnswer(response, Keys, issuer);
  return { keys: keys.filter((key) => v.is(Key, key)) };
}
