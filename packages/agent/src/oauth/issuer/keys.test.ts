import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { Secret } from '../../secret.ts';
import { validateIdToken } from './id-token.ts';

test.each([null, 7, 'key', {}, { kty: 1 }, { kty: 'future', kid: 'k' }, { kty: 'RSA', kid: 'other' }])(
  'of a key set with the entry %j the other keys are used',
  async (entry) => {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const key = { ...(await exportJWK(publicKey)), kid: 'k' };
    const { metadata } = await scriptedIssuer({ '/jwk': { json: { keys: [entry, key] } } });
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: metadata.issuer, aud: 'c', sub: 's', iat: now, exp: now + 600 };
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(privateKey);
    const idToken = new Secret(token);
    expect(await validateIdToken({ metadata, clientId: 'c', idToken })).toMatchObject({ sub: 's' });
  },
);
