import { describe, expect, test } from 'vitest';
import { type Answer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { Secret } from '../../secret.ts';
import { accountCredentials } from '../client/client-authentication.ts';
import { refreshTokens } from '../grants/refresh.ts';
import { IssuerError } from '../http/errors.ts';
import { makeSubMytoken, pollForMytoken, revokeMytoken, startMytokenLogin } from './mytoken.ts';

/** A mytoken server that answers as scripted. */
async function serverWith(answers: Answer | Answer[], path = '/my') {
  const server = await scriptedIssuer({ [path]: answers });
  const metadata = { ...server.metadata, mytoken_endpoint: `${server.url}/my` };
  const bodies = () => server.requests.map(({ body }) => JSON.parse(body));
  return { server, metadata, bodies };
}

const oidcIssuer = 'https://iam.example/';

describe('a login', () => {
  test('requests the wanted mytoken; the profile cannot change the kind of the request', async () => {
    const { server, metadata, bodies } = await serverWith({
      json: { consent_uri: 'https://mytoken.example/c/1', polling_code: 'code', interval: 7, expires_in: 60 },
    });
    const profile = { include: 'agent', grant_type: 'mytoken' };
    const login = await startMytokenLogin({ metadata, oidcIssuer, profile, clientName: 'oidc-agent:n-host' });
    expect(bodies()).toEqual([
      {
        name: 'mytoken for oidc-agent:n-host',
        include: 'agent',
        application_name: 'oidc-agent',
        oidc_issuer: oidcIssuer,
        grant_type: 'oidc_flow',
        oidc_flow: 'authorization_code',
        client_type: 'native',
        response_type: 'token',
      },
    ]);
    expect(server.requests[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(login).toMatchObject({
      verificationUri: 'https://mytoken.example/c/1',
      expiresIn: 60,
      interval: 7,
    });
    expect(login.deviceCode.reveal()).toBe('code');
  });

  test.each(['javascript:alert(1)', 'http://mytoken.example/c', 'https://m.example/\u001b[2J'])(
    'refuses the address %j',
    async (consent_uri) => {
      const { metadata } = await serverWith({ json: { consent_uri, polling_code: 'code' } });
      const login = startMytokenLogin({ metadata, oidcIssuer, profile: {}, clientName: 'n' });
      await expect(login).rejects.toMatchObject({ kind: 'malformed' });
    },
  );

  test('waits until the user has consented', async () => {
    const pending: Answer = { status: 428, json: { error: 'authorization_pending' } };
    const { metadata, bodies } = await serverWith([pending, pending, { json: { mytoken: 'MT' } }]);
    const waits: number[] = [];
    const clock = { steady: () => 0, sleep: async (seconds: number) => void waits.push(seconds) };
    const device = {
      deviceCode: new Secret('polling'),
      verificationUri: 'https://mytoken.example/c/1',
      verificationUriComplete: undefined,
      expiresIn: 60,
      interval: 2,
    };
    const mytoken = await pollForMytoken({ metadata, device, clock });
    expect(mytoken.reveal()).toBe('MT');
    expect(waits).toEqual([2, 2, 2]);
    expect(bodies()[0]).toEqual({ grant_type: 'polling_code', polling_code: 'polling' });
  });

  test('at a server without mytokens is an error that says so', async () => {
    const { metadata } = await scriptedIssuer({});
    const login = startMytokenLogin({ metadata, oidcIssuer, profile: {}, clientName: 'n' });
    await expect(login).rejects.toMatchObject({ message: 'Not a valid mytoken configuration' });
  });
});

describe('a mytoken derived from another one', () => {
  const request = { mytoken: new Secret('the mytoken'), oidcIssuer, name: 'mytoken requested by x' };

  test('is requested with the other one, by the name in the profile, if any', async () => {
    const { metadata, bodies } = await serverWith({ json: { mytoken: 'sub', expires_in: 60, extra: [1] } });
    const made = await makeSubMytoken({ ...request, metadata, profile: { include: 'web-default' } });
    await makeSubMytoken({ ...request, metadata, profile: { name: 'mine', mytoken: 'stolen' } });
    const rest = { oidc_issuer: oidcIssuer, grant_type: 'mytoken', mytoken: 'the mytoken' };
    expect(bodies()).toEqual([
      { ...rest, include: 'web-default', name: 'mytoken requested by x' },
      { ...rest, name: 'mine' },
    ]);
    expect(made.answer).toEqual({ mytoken: 'sub', extra: [1] });
    expect(made.expiresAt).toBeCloseTo(Date.now() / 1000 + 60, -1);
    expect(made.replacement).toBeUndefined();
  });

  test.each(['-5', '1e999', '"soon"'])(
    'that ends after %s seconds says nothing of its end',
    async (expires_in) => {
      const { metadata } = await serverWith({ text: `{"mytoken":"sub","expires_in":${expires_in}}` });
      const made = await makeSubMytoken({ ...request, metadata, profile: {} });
      expect(made.expiresAt).toBeUndefined();
    },
  );

  test('may replace the other one; the program that asked does not get the replacement', async () => {
    const token_update = { mytoken: 'the next one', mytoken_type: 'token' };
    const { metadata } = await serverWith({ json: { transfer_code: 'TC', token_update } });
    const made = await makeSubMytoken({ ...request, metadata, profile: {} });
    expect(made.replacement?.reveal()).toBe('the next one');
    expect(JSON.stringify(made.answer)).not.toContain('the next one');
  });

  test('may replace the other one also in an answer without a new mytoken', async () => {
    const { metadata } = await serverWith({ json: { token_update: { mytoken: 'the next one' } } });
    const error = await makeSubMytoken({ ...request, metadata, profile: {} }).catch(
      (error: unknown) => error,
    );
    expect(error instanceof IssuerError && error.refreshToken?.reveal()).toBe('the next one');
  });

  test('a refusal does not repeat the mytoken', async () => {
    const { metadata } = await serverWith({
      status: 403,
      json: { error: 'insufficient_capabilities', error_description: 'the mytoken may not' },
    });
    await expect(makeSubMytoken({ ...request, metadata, profile: {} })).rejects.toThrow(
      /^insufficient_capabilities: \[secret\] may not$/,
    );
  });
});

test('a request for an access token has only the mytoken: the server knows no clients', async () => {
  const { server, metadata } = await serverWith(
    { json: { access_token: 'AT', token_type: 'Bearer', token_update: { mytoken: 'next' } } },
    '/token',
  );
  const client = accountCredentials({
    client_id: 'mytoken',
    client_secret: new Secret('mytoken'),
    mytoken_url: 'https://mytoken.example',
  });
  const tokens = await refreshTokens({ metadata, client, refreshToken: new Secret('MT') });
  expect(server.requests[0]?.form).toEqual({ grant_type: 'refresh_token', refresh_token: 'MT' });
  expect(server.requests[0]?.headers.authorization).toBeUndefined();
  expect(tokens.refreshToken?.reveal()).toBe('next');
});

test('a mytoken is revoked by a JSON request', async () => {
  const { metadata, bodies } = await serverWith({ status: 204 }, '/revoke');
  await revokeMytoken({ metadata, mytoken: new Secret('MT') });
  expect(bodies()).toEqual([{ token: 'MT' }]);
});
