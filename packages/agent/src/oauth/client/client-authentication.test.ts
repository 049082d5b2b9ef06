import { expect, test } from 'vitest';
import { Secret } from '../../secret.ts';
import { clientAuthentication, clientCredentials } from './client-authentication.ts';

async function authenticate(...[id, secret, method]: [string, string?, string?]) {
  const credentials = clientCredentials(id, secret === undefined ? undefined : new Secret(secret), method);
  const body = new URLSearchParams();
  const headers = new Headers();
  await clientAuthentication(credentials)({ issuer: 'https://i.example' }, { client_id: id }, body, headers);
  const basic = headers.get('authorization')?.replace('Basic ', '');
  return { basic: basic && Buffer.from(basic, 'base64').toString(), body: Object.fromEntries(body) };
}

test('a UUID is in Basic as it is, for issuers that do not decode it', async () => {
  const uuid = '7d6ad1c2-6647-4846-b0d5-c9f6ad0987d0';
  expect(await authenticate(uuid, 'AB-cd_ef.gh*')).toEqual({ basic: `${uuid}:AB-cd_ef.gh*`, body: {} });
});

test('other characters are form-encoded in Basic (RFC 6749 2.3.1)', async () => {
  const { basic } = await authenticate('a:b', 'a b&=+%:ü');
  expect(basic).toBe('a%3Ab:a+b%26%3D%2B%25%3A%C3%BC');
  const [id = '', secret = ''] = basic?.split(':') ?? [];
  expect(new URLSearchParams(`id=${id}&secret=${secret}`).get('secret')).toBe('a b&=+%:ü');
});

test('a client registered for client_secret_post sends both in the body', async () => {
  expect(await authenticate('c', 's', 'client_secret_post')).toEqual({
    basic: undefined,
    body: { client_id: 'c', client_secret: 's' },
  });
});

test.each([
  ['c', undefined, undefined],
  ['c', '', 'client_secret_basic'],
  ['c', 's', 'none'],
])('a public client is named in the body alone: %j %j %j', async (id, secret, method) => {
  expect(await authenticate(id, secret, method)).toEqual({ basic: undefined, body: { client_id: 'c' } });
});
