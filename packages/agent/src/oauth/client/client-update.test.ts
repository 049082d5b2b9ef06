import { expect, test } from 'vitest';
import { type Answer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { Secret } from '../../secret.ts';
import { extendClient } from './client-update.ts';

const current = {
  client_id: 'c',
  client_secret: 's',
  client_name: 'oidc-agent:x',
  grant_types: ['refresh_token'],
  redirect_uris: ['http://localhost:4242'],
  scope: 'openid',
  contacts: ['me@example'],
  registration_access_token: 'second',
  registration_client_uri: 'https://issuer.example/c',
  client_id_issued_at: 1,
  client_secret_expires_at: 0,
};
const needs = {
  grantTypes: ['authorization_code'],
  redirectUris: ['http://localhost:8080'],
  scope: 'openid profile',
};

async function extend(...answers: Answer[]) {
  const issuer = await scriptedIssuer({ '/c': answers });
  const client = { uri: `${issuer.url}/c`, token: new Secret('first') };
  return { requests: issuer.requests, result: extendClient(client, needs, { issuer: issuer.url }) };
}

test('missing metadata is added to a client, all other metadata stays', async () => {
  const granted = { ...current, grant_types: ['refresh_token', 'authorization_code'], scope: 'openid' };
  const { requests, result } = await extend({ json: current }, { json: granted });
  expect(await result).toMatchObject({ grantTypes: granted.grant_types, scope: 'openid' });
  const [get, put] = requests;
  expect([get?.method, get?.headers.authorization]).toEqual(['GET', 'Bearer first']);
  expect([put?.method, put?.headers['content-type']]).toEqual(['PUT', 'application/json']);
  expect(JSON.parse(put?.body ?? '')).toEqual({
    client_id: 'c',
    client_secret: 's',
    client_name: 'oidc-agent:x',
    grant_types: ['refresh_token', 'authorization_code'],
    response_types: ['code'],
    redirect_uris: ['http://localhost:4242', 'http://localhost:8080'],
    scope: 'openid profile',
    contacts: ['me@example'],
  });
});

test('the issuer may replace registration token and secret at each step: the newest are returned', async () => {
  const renewed = { ...current, registration_access_token: 'third', client_secret: 't' };
  const { requests, result } = await extend({ json: current }, { json: renewed });
  const { registrationAccessToken, clientSecret } = await result;
  expect(requests[1]?.headers.authorization).toBe('Bearer second');
  expect([registrationAccessToken?.reveal(), clientSecret?.reveal()]).toEqual(['third', 't']);
});

test('a refusal is an error that does not repeat the token', async () => {
  const { result } = await extend({
    status: 401,
    json: { error: 'invalid_token', error_description: 'first is dead' },
  });
  await expect(result).rejects.toThrow('invalid_token: [secret] is dead');
});

test('a member that the answer omits counts as granted', async () => {
  const { result } = await extend({ json: current }, { json: { client_id: 'c' } });
  expect(await result).toMatchObject({
    grantTypes: ['refresh_token', 'authorization_code'],
    redirectUris: ['http://localhost:4242', 'http://localhost:8080'],
    scope: 'openid profile',
  });
});

test('an update without openid follows where the issuer refuses openid: a client may request it all the same', async () => {
  const refused: Answer = {
    status: 403,
    json: { error: 'insufficient_scope', error_description: 'client scope' },
  };
  const { requests, result } = await extend({ json: { ...current, scope: '' } }, refused, { json: current });
  await result;
  expect(requests.slice(1).map(({ body }) => JSON.parse(body).scope)).toEqual(['openid profile', 'profile']);
});
