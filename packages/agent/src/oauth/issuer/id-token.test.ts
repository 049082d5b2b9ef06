import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { Secret } from '../../secret.ts';
import { noteDate } from '../http/clock-skew.ts';
import { validateIdToken } from './id-token.ts';

const { privateKey, publicKey } = await generateKeyPair('RS256');
const otherKey = await generateKeyPair('RS256');

/** Validates an ID token that is right but for the given changes. */
async function validate(
  change: Record<string, unknown>,
  key: CryptoKey | Uint8Array = privateKey,
  alg = 'RS256',
  published = publicKey,
) {
  const { metadata } = await scriptedIssuer({ '/jwk': { json: { keys: [await exportJWK(published)] } } });
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: metadata.issuer, aud: 'c', sub: 's', iat: now, exp: now + 600, ...change };
  const token = await new SignJWT(claims).setProtectedHeader({ alg }).sign(key);
  const id_token_signing_alg_values_supported = ['none', 'HS256', 'RS256'];
  return validateIdToken({
    metadata: { ...metadata, id_token_signing_alg_values_supported },
    clientId: 'c',
    idToken: new Secret(token),
  });
}

test('a valid ID token returns its claims', async () => {
  expect(await validate({})).toMatchObject({ sub: 's', aud: 'c' });
});

test.each<[string, Record<string, unknown>]>([
  ['of another issuer', { iss: 'https://elsewhere.example' }],
  ['for another client', { aud: 'other' }],
  ['for other clients, too', { aud: ['c', 'other'] }],
  ['that was issued to another client', { azp: 'other' }],
  ['that was issued to something that is no client', { azp: ['c'] }],
  ['for other clients, too, issued to another client', { aud: ['c', 'other'], azp: 'other' }],
  ['that is over', { exp: 1 }],
  ['without subject', { sub: undefined }],
])('an ID token %s is not valid', async (_name, change) => {
  await expect(validate(change)).rejects.toMatchObject({
    kind: 'untrusted',
    message: expect.stringMatching(/^the ID token is not valid: /),
  });
});

test('an ID token signed with another key, or with a shared one, is not valid', async () => {
  await expect(validate({}, otherKey.privateKey)).rejects.toThrow(/signature/);
  await expect(validate({}, new TextEncoder().encode('x'.repeat(32)), 'HS256')).rejects.toThrow(/not valid/);
});

test('an ID token is not valid with an algorithm that the issuer does not list', async () => {
  const unlisted = await generateKeyPair('PS256');
  await expect(validate({}, unlisted.privateKey, 'PS256', unlisted.publicKey)).rejects.toThrow(/"alg"/);
});

test('an ID token for several clients is valid if it was issued to this one', async () => {
  expect(await validate({ aud: ['c', 'other'], azp: 'c' })).toMatchObject({ azp: 'c' });
});

test('an ID token that is signed with a new key is verified with newer keys', async () => {
  const signer = await generateKeyPair('RS256');
  const now = Math.floor(Date.now() / 1000);
  const { metadata } = await scriptedIssuer({});
  const claims = { iss: metadata.issuer, aud: 'c', sub: 's', iat: now, exp: now + 600 };
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: 'new' })
    .sign(signer.privateKey);
  const old = { keys: [{ ...(await exportJWK(publicKey)), kid: 'old' }] };
  const fresh = { keys: [{ ...(await exportJWK(signer.publicKey)), kid: 'new' }] };
  const asked: boolean[] = [];
  const keys = async ({ newer }: { newer: boolean }) => {
    asked.push(newer);
    return newer ? fresh : old;
  };
  const request = { metadata, clientId: 'c', idToken: new Secret(token) };
  expect(await validateIdToken({ ...request, keys })).toMatchObject({ sub: 's' });
  expect(asked).toEqual([false, true]);
});

test('the error for a token refused for its time has the times of both clocks', async () => {
  await expect(validate({ exp: 1_600_000_000 })).rejects.toThrow(
    /it expired at 2020-09-13T12:26:40Z by the clock of the issuer, and the clock of this computer says 20\d\d-/,
  );
  await expect(validate({ nbf: 4_000_000_000, exp: 4_000_000_600 })).rejects.toThrow(
    /it is valid only from 2096-10-02T07:06:40Z by the clock of the issuer/,
  );
});

test('the error for a token refused for its time names a clock that is wrong', async () => {
  const issuer = 'https://late.example/';
  const metadata = { issuer, protocol: 'oidc', token_endpoint: `${issuer}token` } as const;
  const claims = { iss: issuer, aud: 'c', sub: 's', iat: 1_600_000_000, exp: 1_600_000_600 };
  const idToken = new Secret(await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey));
  const keys = async () => ({ keys: [await exportJWK(publicKey)] });
  const refused = () => validateIdToken({ metadata, clientId: 'c', idToken, keys });
  await expect(refused()).rejects.toMatchObject({ hints: [] });
  const now = Date.now();
  const date = new Date(now - 7_200_000).toUTCString();
  noteDate(issuer, { date, age: undefined }, { sent: now, received: now });
  await expect(refused()).rejects.toMatchObject({
    hints: [expect.stringContaining("ahead of the issuer's"), expect.stringContaining('look expired here')],
  });
});
