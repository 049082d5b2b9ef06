/**
 * Issuers repeat requests in their refusals: INDIGO IAM names dead tokens and codes, others the whole request. The errors of
 * each protocol step contain none of the request's secrets, because errors reach the terminal and the log of the agent.
 */
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { Secret } from '../../secret.ts';
import { clientCredentials } from '../client/client-authentication.ts';
import { extendClient } from '../client/client-update.ts';
import { deleteClient, registerClient } from '../client/registration.ts';
import { redeemCode } from '../grants/code.ts';
import { poll, startDeviceAuthorization } from '../grants/device.ts';
import { passwordTokens } from '../grants/password.ts';
import { refreshTokens } from '../grants/refresh.ts';
import { clientCredentialsTokens, exchangeToken } from '../grants/token-request.ts';
import type { IssuerMetadata } from '../issuer/discovery.ts';
import { makeSubMytoken, pollMytoken, revokeMytoken } from '../mytoken/mytoken.ts';
import { introspectToken } from '../tokens/introspection.ts';
import { revokeToken } from '../tokens/revocation.ts';
import { userInfo } from '../tokens/userinfo.ts';
import { IssuerError } from './errors.ts';

/** Each has characters that a form, a URL and JSON escape differently. */
const secret = (name: string) => new Secret(`${name} of "mine" + ü/1`);
const token = secret('token');
const customParameters = { extra: secret('parameter') };
const device = {
  deviceCode: secret('device code'),
  verifier: secret('verifier'),
  userCode: 'ABC123',
  verificationUri: 'https://issuer.example/device',
  verificationUriComplete: undefined,
  expiresIn: 600,
  interval: 5,
};
const authorization = {
  state: 'state',
  verifier: secret('verifier'),
  nonce: undefined,
  redirectUri: 'http://localhost:4242',
};
const answer = new URLSearchParams({ state: 'state', code: secret('code').reveal() });
const mytoken = { oidcIssuer: 'https://iam.example/', profile: {}, name: 'n' };
const client = clientCredentials('c', secret('client secret'));
const posting = clientCredentials('c', secret('client secret'), 'client_secret_post');
const needs = { grantTypes: [], redirectUris: [], scope: 'openid' };

type Step = (metadata: IssuerMetadata, uri: string) => Promise<unknown>;
const steps: Record<string, Step> = {
  'a refresh': (metadata) => refreshTokens({ metadata, client, refreshToken: token, customParameters }),
  'a refresh with the secret in the form': (metadata) =>
    refreshTokens({ metadata, client: posting, refreshToken: token }),
  'a code': (metadata) => redeemCode({ metadata, client, authorization, answer, customParameters }),
  'the start of a device login': (metadata) =>
    startDeviceAuthorization({ metadata, client, scope: 'openid', customParameters }),
  'a poll': (metadata) => poll({ metadata, client, device, customParameters }),
  'a password': (metadata) =>
    passwordTokens({ metadata, client, username: 'u', password: secret('password'), customParameters }),
  'an exchange': (metadata) => exchangeToken({ metadata, client, subjectToken: token }),
  'client credentials': (metadata) => clientCredentialsTokens({ metadata, client }),
  'a revocation': (metadata) =>
    revokeToken({ metadata, client, token, tokenType: 'refresh_token', customParameters }),
  'an introspection': (metadata) => introspectToken({ metadata, client, token }),
  'a question who it is': (metadata) => userInfo({ metadata, accessToken: token }),
  'a registration': (metadata) =>
    registerClient({
      metadata,
      clientName: 'name',
      scope: 'openid',
      flows: ['device'],
      initialAccessToken: secret('token'),
      customParameters,
    }),
  'a deletion': (metadata, uri) => deleteClient(uri, new Secret('token-of-mine'), metadata),
  'a change of a client': (metadata, uri) =>
    extendClient({ uri, token: new Secret('token-of-mine') }, needs, metadata),
  'a mytoken of a mytoken': (metadata) => makeSubMytoken({ metadata, mytoken: token, ...mytoken }),
  'a poll for a mytoken': (metadata) => pollMytoken({ metadata, device }),
  'the end of a mytoken': (metadata) => revokeMytoken({ metadata, mytoken: token }),
};

test.each(Object.entries(steps))(
  '%s that an issuer refuses by repeating it shows no secret',
  async (_, step) => {
    const { url, metadata, requests } = await scriptedIssuer(
      Object.fromEntries(
        ['/token', '/devicecode', '/register', '/revoke', '/introspect', '/userinfo', '/my', '/c'].map(
          (path) => [
            path,
            ({ method, headers, body, form }, response) => {
              // A client can be changed only after it was read.
              const isRead = path === '/c' && method === 'GET';
              const current = { client_id: 'c', client_secret: secret('client secret').reveal() };
              const asJson = body.startsWith('{') ? '' : JSON.stringify(form);
              const error_description = `${headers.authorization} ${body} ${asJson}`;
              response.writeHead(isRead ? 200 : 400, { 'content-type': 'application/json' });
              response.end(JSON.stringify(isRead ? current : { error: 'refused', error_description }));
            },
          ],
        ),
      ),
    );
    const error: unknown = await step(
      {
        ...metadata,
        introspection_endpoint: `${url}/introspect`,
        userinfo_endpoint: `${url}/userinfo`,
        mytoken_endpoint: `${url}/my`,
      },
      `${url}/c`,
    ).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(IssuerError);
    expect(requests.length).toBeGreaterThan(0);
    const shown = inspect(error, { depth: null });
    expect(shown).toContain('[secret]');
    expect(shown).not.toContain('mine');
    for (const run of shown.match(/[\w+/-]{8,}={0,2}/g) ?? [])
      expect(Buffer.from(run, 'base64').toString()).not.toContain('mine');
  },
);

test('the error for an authorization response that repeats the request contains no secret', async () => {
  const { metadata } = await scriptedIssuer({});
  const error_description = `extra=${customParameters.extra.reveal()}`;
  const refused = new URLSearchParams({ state: 'state', error: 'invalid_request', error_description });
  const login = redeemCode({ metadata, client, authorization, answer: refused, customParameters });
  await expect(login).rejects.toThrow(/^invalid_request: extra=\[secret\]$/);
});
