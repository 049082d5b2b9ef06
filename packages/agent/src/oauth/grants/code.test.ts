import { createHash } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { type Answer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { Secret } from '../../secret.ts';
import type { IssuerMetadata } from '../issuer/discovery.ts';
import { type Authorization, beginAuthorization, redeemCode } from './code.ts';

const client = { clientId: 'c-1', clientSecret: new Secret('s'), method: 'client_secret_basic' } as const;
const redirectUri = 'http://localhost:4242';

async function issuer(
  token: Answer = { json: { access_token: 'at', token_type: 'Bearer', refresh_token: 'rt' } },
) {
  return await scriptedIssuer({ '/token': token });
}

async function begin(metadata: IssuerMetadata, more: object = {}) {
  const { url, authorization } = await beginAuthorization({
    metadata,
    client,
    scope: 'openid offline_access',
    redirectUri,
    ...more,
  });
  return { parameters: new URL(url).searchParams, url, authorization };
}

describe('the address that the browser opens', () => {
  test('has a challenge but not its verifier, and a state and nonce of its own', async () => {
    const { metadata } = await issuer();
    const [one, other] = [await begin(metadata), await begin(metadata)];
    expect(Object.fromEntries(one.parameters)).toEqual({
      response_type: 'code',
      client_id: 'c-1',
      redirect_uri: redirectUri,
      scope: 'openid offline_access',
      prompt: 'consent',
      access_type: 'offline',
      state: one.authorization.state,
      nonce: one.authorization.nonce,
      code_challenge_method: 'S256',
      code_challenge: createHash('sha256').update(one.authorization.verifier.reveal()).digest('base64url'),
    });
    expect(one.url).not.toContain(one.authorization.verifier.reveal());
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(one.parameters.get(name)).not.toBe(other.parameters.get(name));
    }
  });

  test('keeps the parameters of the endpoint, and adds audience and custom parameters', async () => {
    const { metadata } = await issuer();
    const authorization_endpoint = `${metadata.authorization_endpoint}?tenant=a`;
    const { parameters } = await begin(
      { ...metadata, authorization_endpoint },
      { audience: 'https://a https://b', customParameters: { prompt: new Secret('login') } },
    );
    expect(parameters.get('tenant')).toBe('a');
    expect(parameters.getAll('resource')).toEqual(['https://a', 'https://b']);
    expect(parameters.getAll('prompt')).toEqual(['login']);
  });

  test('has no nonce if the issuer will send no ID token', async () => {
    const { metadata } = await issuer();
    expect((await begin({ ...metadata, protocol: 'oauth' })).authorization.nonce).toBeUndefined();
    expect((await begin(metadata, { scope: 'read' })).parameters.has('nonce')).toBe(false);
  });

  test.each([
    ['http://elsewhere.example/authorize', 'not an https URL'],
    ['javascript:alert(1)', 'not an https URL'],
    [undefined, 'Authorization Code Flow not Supported'],
  ])('%s is not opened', async (authorization_endpoint, text) => {
    const { metadata } = await issuer();
    const { authorization_endpoint: _, ...rest } = metadata;
    const changed = authorization_endpoint === undefined ? rest : { ...rest, authorization_endpoint };
    await expect(begin(changed)).rejects.toThrow(text);
  });
});

describe('the answer', () => {
  const redeem = async (
    answer: string,
    token?: Answer,
    change: Partial<IssuerMetadata> = {},
    scope = 'offline_access',
  ) => {
    const { metadata, requests } = await issuer(token);
    const { authorization } = await begin({ ...metadata, ...change }, { scope });
    const parameters = new URLSearchParams(answer.replace('STATE', authorization.state));
    const request = {
      metadata: { ...metadata, ...change },
      client,
      scope,
      audience: 'https://a',
      authorization,
      answer: parameters,
    };
    return { tokens: redeemCode(request), requests, authorization };
  };

  test('is redeemed with its verifier, and without the parameters of the authorization request', async () => {
    const { tokens, requests, authorization } = await redeem('code=c&state=STATE');
    expect((await tokens).refreshToken?.reveal()).toBe('rt');
    expect(requests[0]?.form).toEqual({
      grant_type: 'authorization_code',
      code: 'c',
      redirect_uri: redirectUri,
      code_verifier: authorization.verifier.reveal(),
    });
  });

  test.each([
    ['code=c&state=other', 'wrong state'],
    ['code=c', 'wrong state'],
    ['state=STATE', 'did not contain code'],
    ['code=c&state=STATE&iss=https://evil.example/', 'unexpected "iss"'],
    ['code=c&code=d&state=STATE', 'did not contain code'],
    ['code=c&state=STATE&state=STATE', 'cannot be used'],
    ['error=access_denied&error_description=No%1b[2J&state=STATE', 'access_denied: No [2J'],
    ['error=access_denied&state=STATE&iss=https://evil.example/', 'unexpected "iss"'],
  ])('%s sends nothing: %s', async (answer, text) => {
    const { tokens, requests } = await redeem(answer);
    await expect(tokens).rejects.toThrow(text);
    expect(requests).toEqual([]);
  });

  test('must name the issuer if its metadata promises that (RFC 9207)', async () => {
    const promise = { authorization_response_iss_parameter_supported: true };
    const { tokens } = await redeem('code=c&state=STATE', undefined, promise);
    await expect(tokens).rejects.toThrow('"iss" (issuer) missing');
  });

  test('an error of the token endpoint does not repeat the code', async () => {
    const json = { error: 'invalid_grant', error_description: 'unknown code-123456' };
    const { tokens } = await redeem('code=code-123456&state=STATE', { status: 400, json });
    await expect(tokens).rejects.toThrow('invalid_grant: unknown [secret]');
  });
});

describe('an answer without an ID token', () => {
  const answered = async (scope: string, change: Partial<IssuerMetadata> = {}) => {
    const { metadata, requests } = await issuer();
    const changed = { ...metadata, ...change };
    const { authorization } = await begin(changed, { scope });
    const answer = new URLSearchParams({ code: 'c', state: authorization.state });
    return { tokens: redeemCode({ metadata: changed, client, authorization, answer }), requests };
  };

  test('is refused if the login requested one (OpenID Connect Core 3.1.3.3)', async () => {
    const { tokens } = await answered('openid offline_access');
    await expect(tokens).rejects.toMatchObject({
      kind: 'untrusted',
      message: 'OIDP response does not contain an ID token',
      hints: [expect.any(String), expect.stringContaining('--oauth2')],
    });
  });

  test.each<[string, string, Partial<IssuerMetadata>]>([
    ['requested none, as with a client that may not', 'read offline_access', {}],
    ['is at an issuer that supports OAuth only', 'openid offline_access', { protocol: 'oauth' }],
  ])('is accepted if the login %s', async (_name, scope, change) => {
    const { tokens } = await answered(scope, change);
    expect((await tokens).refreshToken?.reveal()).toBe('rt');
  });
});

test('an ID token must be signed by the issuer and have the nonce of this login', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const state = { nonce: '' };
  const { metadata } = await scriptedIssuer({
    '/jwk': (_request, response) => {
      void exportJWK(publicKey).then((key) =>
        response.end(JSON.stringify({ keys: [{ ...key, alg: 'RS256' }] })),
      );
    },
    '/token': (_request, response) => {
      const jwt = new SignJWT({ nonce: state.nonce }).setProtectedHeader({ alg: 'RS256' }).setSubject('me');
      const dated = jwt.setIssuedAt().setExpirationTime('1h').setIssuer(metadata.issuer).setAudience('c-1');
      void dated.sign(privateKey).then((id_token) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ access_token: 'at', token_type: 'Bearer', id_token }));
      });
    },
  });
  const { authorization } = await begin(metadata);
  const redeem = (begun: Authorization) =>
    redeemCode({
      metadata,
      client,
      authorization: begun,
      answer: new URLSearchParams({ code: 'c', state: begun.state }),
    });
  state.nonce = authorization.nonce ?? '';
  expect((await redeem(authorization)).accessToken.reveal()).toBe('at');
  state.nonce = 'of another login';
  await expect(redeem(authorization)).rejects.toThrow('it belongs to another login');
});
