import { startIam } from '@jeton/iam';
import { expect, it } from 'vitest';
import { getToken } from './get-token.js';

it('gets a token', async () => {
  await using iam = await startIam();
  const { access_token } = await getToken(iam.issuer, 'client-cred', 'secret', 'storage.read:/');
  expect(access_token).toMatch(/^ey/);
});

it('tries again if the issuer is overloaded', async () => {
  await using iam = await startIam({ behave: 'endpoint=/token,status=503,times=2' });
  await getToken(iam.issuer, 'client-cred', 'secret', 'openid');
  expect(iam.requests.map(({ path, status }) => `${path} ${status}`)).toEqual([
    '/token 503',
    '/token 503',
    '/token 200',
  ]);
});
