import { describe, expect, test } from 'vitest';
import { type Answer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { Secret } from '../../secret.ts';
import { clientCredentials } from '../client/client-authentication.ts';
import { revokeToken } from './revocation.ts';

const client = clientCredentials('c', new Secret('client-secret'));
const refreshToken = new Secret('the-token');

async function revoke(...answers: Answer[]) {
  const { metadata, requests } = await scriptedIssuer({ '/revoke': answers });
  return {
    result: revokeToken({ metadata, client, token: refreshToken, tokenType: 'refresh_token' }),
    requests,
  };
}

test('a refresh token is revoked; the empty answer is a success', async () => {
  const { result, requests } = await revoke({ status: 200 });
  await result;
  expect(requests.map(({ form }) => form)).toEqual([
    { token: 'the-token', token_type_hint: 'refresh_token' },
  ]);
});

test('a refused request is repeated with the client id in the body', async () => {
  const { result, requests } = await revoke(
    { status: 401, json: { error: 'invalid_client' } },
    { status: 200 },
  );
  await result;
  expect(requests.map(({ form }) => form.client_id)).toEqual([undefined, 'c']);
});

test('a second refusal is an error that does not show the token', async () => {
  const json = { error: 'invalid_request', error_description: 'the-token is unknown' };
  const { result, requests } = await revoke({ status: 400, json });
  await expect(result).rejects.toThrow(/^invalid_request: \[secret\] is unknown$/);
  expect(requests).toHaveLength(2);
});

test('an unavailable issuer gets one request', async () => {
  const { result, requests } = await revoke({ status: 503 });
  await expect(result).rejects.toMatchObject({ kind: 'unavailable' });
  expect(requests).toHaveLength(1);
});

test('an issuer without a revocation endpoint gets no request', async () => {
  const { metadata } = await scriptedIssuer({});
  const { revocation_endpoint: _, ...without } = metadata;
  const result = revokeToken({ metadata: without, client, token: refreshToken, tokenType: 'refresh_token' });
  await expect(result).rejects.toThrow('Token revocation is not supported by this issuer.');
});

test('an access token is revoked as one', async () => {
  const { metadata, requests } = await scriptedIssuer({ '/revoke': { status: 200 } });
  await revokeToken({ metadata, client, token: new Secret('at'), tokenType: 'access_token' });
  expect(requests[0]?.form).toMatchObject({ token: 'at', token_type_hint: 'access_token' });
});

describe('an issuer that redirects a client to', () => {
  test.each(['/', './', 'ISSUER', 'ISSUER/'])(
    '%s, its start page, has revoked the token',
    async (location) => {
      const { metadata, requests } = await scriptedIssuer({
        '/revoke': (_request, response) => {
          const start = location.replace('ISSUER', metadata.issuer.replace(/\/$/, ''));
          response.writeHead(302, { location: start }).end();
        },
      });
      await revokeToken({ metadata, client, token: refreshToken, tokenType: 'refresh_token' });
      expect(requests).toHaveLength(1);
    },
  );

  test.each(['/login', 'https://elsewhere.example/', '/?error=1', undefined])(
    '%s has not',
    async (location) => {
      const { result } = await revoke({ status: 302, headers: location === undefined ? {} : { location } });
      await expect(result).rejects.toMatchObject({ status: 302, kind: 'untrusted' });
    },
  );
});
