import { expect, test } from 'vitest';
import { type Answer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { Secret } from '../../secret.ts';
import { clientCredentials } from '../client/client-authentication.ts';
import { hintForInactive, introspectToken } from './introspection.ts';
import { userInfo } from './userinfo.ts';

const token = new Secret('the-token');
const client = clientCredentials('c', new Secret('secret'));

async function issuer(answer: Answer) {
  const { metadata, url, requests } = await scriptedIssuer({ '/introspect': answer, '/userinfo': answer });
  const endpoints = { introspection_endpoint: `${url}/introspect`, userinfo_endpoint: `${url}/userinfo` };
  return { metadata: { ...metadata, ...endpoints }, bare: metadata, requests };
}

test('introspection returns the whole answer of the issuer', async () => {
  const json = { active: true, scope: 'openid', aud: 'a b', 'wlcg.groups': ['/x'] };
  const { metadata, requests } = await issuer({ json });
  expect(await introspectToken({ metadata, client, token })).toEqual(json);
  expect(requests[0]?.form).toEqual({ token: 'the-token' });
  expect(requests[0]?.headers.authorization).toMatch(/^Basic /);
});

test('the error for a web page instead of an answer says so', async () => {
  const { metadata } = await issuer({
    text: '<html>Log in</html>',
    headers: { 'content-type': 'text/html' },
  });
  const message = 'Provider answered with unexpected response, JSON expected';
  await expect(introspectToken({ metadata, client, token })).rejects.toMatchObject({
    kind: 'malformed',
    message,
  });
  await expect(userInfo({ metadata, accessToken: token })).rejects.toMatchObject({
    kind: 'malformed',
    message,
  });
});

test('userinfo sends the token as a bearer token and returns all claims', async () => {
  const json = { sub: 'me', groups: ['a'] };
  const { metadata, requests } = await issuer({ json });
  expect(await userInfo({ metadata, accessToken: token })).toEqual(json);
  expect(requests[0]).toMatchObject({ method: 'GET', headers: { authorization: 'Bearer the-token' } });
});

test('the error for a dead access token has the text of the challenge', async () => {
  const challenge = 'Bearer error="invalid_token", error_description="the-token is unknown"';
  const { metadata } = await issuer({ status: 401, headers: { 'www-authenticate': challenge } });
  await expect(userInfo({ metadata, accessToken: token })).rejects.toMatchObject({
    error: 'invalid_token',
    message: 'invalid_token: [secret] is unknown',
  });
});

test('an issuer without these endpoints gives an error of kind unsupported', async () => {
  const { bare } = await issuer({});
  await expect(introspectToken({ metadata: bare, client, token })).rejects.toMatchObject({
    kind: 'unsupported',
  });
  await expect(userInfo({ metadata: bare, accessToken: token })).rejects.toMatchObject({
    kind: 'unsupported',
  });
});

test('a token that is inactive only because it is not for the client gets a hint', async () => {
  const { metadata } = await issuer({});
  const hint = (claims: object, others: object = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: metadata.issuer, aud: 'account', exp: now + 60, ...claims };
    const jwt = `e30.${Buffer.from(JSON.stringify(all)).toString('base64url')}.`;
    return hintForInactive({ metadata: { ...metadata, ...others }, client, token: new Secret(jwt) });
  };
  expect(hint({})).toMatch(/^the token is not for the client c, /);
  expect(hint({ aud: undefined })).toBeDefined();
  const otherReasons = [{ aud: ['c', 'account'] }, { exp: 1 }, { iss: 'https://other.example/' }];
  for (const claims of otherReasons) expect(hint(claims)).toBeUndefined();
  expect(hint({}, { scim_endpoint: 'https://iam.example/scim' })).toBeUndefined();
  expect(hintForInactive({ metadata, client, token })).toBeUndefined();
});
