import { describe, expect, test } from 'vitest';
import { type Answer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { Secret } from '../../secret.ts';
import { clientCredentials } from '../client/client-authentication.ts';
import { passwordTokens, refusesPasswordGrant } from './password.ts';
import { clientCredentialsTokens, exchangeToken } from './token-request.ts';

const client = clientCredentials('my-client', new Secret('client secret'));
const granted = { json: { access_token: 'at', token_type: 'Bearer', expires_in: 3599, extra: [1] } };
const basic = `Basic ${Buffer.from('my-client:client+secret').toString('base64')}`;

async function issuer(answer: Answer = granted) {
  const { metadata, requests } = await scriptedIssuer({ '/token': answer });
  return { request: { metadata, client }, requests };
}

describe('the request', () => {
  test('client credentials: the client, scope and audience', async () => {
    const { request, requests } = await issuer();
    await clientCredentialsTokens({
      ...request,
      scope: 'a b',
      audience: 'x y',
      audienceParameter: 'audience',
    });
    expect(requests[0]?.headers.authorization).toBe(basic);
    expect(requests[0]?.form).toEqual({ grant_type: 'client_credentials', scope: 'a b', audience: 'x y' });
  });

  test('password: every character of user name and password arrives', async () => {
    const { request, requests } = await issuer();
    const password = new Secret('p&w=1+%20 ü"\'$');
    await passwordTokens({ ...request, scope: 'openid', username: 'jane doe@x', password });
    expect(requests[0]?.form).toEqual({
      grant_type: 'password',
      scope: 'openid',
      username: 'jane doe@x',
      password: 'p&w=1+%20 ü"\'$',
    });
  });

  test('exchange: the token of the other client, by its type', async () => {
    const { request, requests } = await issuer();
    await exchangeToken({ ...request, scope: 'openid', subjectToken: new Secret('other.token') });
    expect(requests[0]?.form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'other.token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      scope: 'openid',
    });
  });

  test('custom parameters replace user name and password, which a file may hold', async () => {
    const { request, requests } = await issuer();
    const customParameters = { username: new Secret('jane'), password: new Secret('from a file') };
    await passwordTokens({ ...request, customParameters, username: 'u', password: new Secret('typed') });
    expect(requests[0]?.form).toEqual({ grant_type: 'password', username: 'jane', password: 'from a file' });
  });

  test('custom parameters replace scope and audience, but no parameter of the grant', async () => {
    const { request, requests } = await issuer();
    const [scope, subject] = [new Secret('custom scope'), new Secret('custom.token')];
    await exchangeToken({
      ...request,
      scope: 'openid',
      audience: 'x y',
      audienceParameter: 'both',
      customParameters: { scope, subject_token: subject, resource: new Secret('z'), tenant: new Secret('t') },
      subjectToken: new Secret('other.token'),
    });
    expect(new URLSearchParams(requests[0]?.body).getAll('resource')).toEqual(['z']);
    expect(requests[0]?.form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      scope: 'custom scope',
      resource: 'z',
      audience: 'x y',
      tenant: 't',
      subject_token: 'other.token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    });
  });

  test('a client without a secret is named in the body', async () => {
    const { request, requests } = await issuer();
    const publicClient = clientCredentials('public');
    await passwordTokens({
      ...request,
      client: publicClient,
      username: 'u',
      password: new Secret('password'),
    });
    expect(requests[0]?.headers.authorization).toBeUndefined();
    expect(requests[0]?.form).toMatchObject({ client_id: 'public' });
  });
});

test('the whole answer is kept, with unknown members', async () => {
  const { request } = await issuer();
  const tokens = await clientCredentialsTokens(request);
  expect(tokens.accessToken.reveal()).toBe('at');
  expect(JSON.parse(tokens.answer.reveal())).toEqual(granted.json);
  expect(JSON.stringify(tokens)).not.toContain('"at"');
});

test('a password that the issuer repeats in its refusal is not shown', async () => {
  const json = { error: 'invalid_grant', error_description: 'no user with password hunter22' };
  const { request } = await issuer({ status: 400, json });
  const result = passwordTokens({ ...request, username: 'u', password: new Secret('hunter22') });
  await expect(result).rejects.toThrow('invalid_grant: no user with password [secret]');
});

describe('the password grant counts as not allowed', () => {
  const refused = async (status: number, json: object) => {
    const { request } = await issuer({ status, json });
    const result = passwordTokens({ ...request, username: 'u', password: new Secret('password') });
    return refusesPasswordGrant(await result.catch((error: unknown) => error));
  };

  test.each([
    [401, { error: 'invalid_client', error_description: 'Unauthorized grant type' }],
    [401, { error: 'invalid_client', error_description: 'Unauthorized grant type: password' }],
    [400, { error: 'unauthorized_client', error_description: 'Client not allowed for direct access grants' }],
    [400, { error: 'unsupported_grant_type' }],
  ])('%i %j', async (status, json) => {
    expect(await refused(status, json)).toBe(true);
  });

  test.each([
    [401, { error: 'invalid_client', error_description: 'Bad client credentials' }],
    [401, { error: 'unauthorized', error_description: 'Bad credentials' }],
    [400, { error: 'invalid_grant', error_description: 'Bad credentials' }],
  ])('but not for %i %j', async (status, json) => {
    expect(await refused(status, json)).toBe(false);
  });
});
