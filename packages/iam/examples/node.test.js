import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startIam } from '@jeton/iam';

const config = {
  users: [{ username: 'alice', password: 'wonderland', groups: ['Production'] }],
  groups: ['Production'],
};
let iam;
before(async () => {
  iam = await startIam({ config });
});
after(() => iam.stop());

test('a user approves a device', async () => {
  const post = async (path, form) => {
    const body = new URLSearchParams({ client_id: 'public-dc-client', ...form });
    return (await fetch(new URL(path, iam.issuer), { method: 'POST', body })).json();
  };
  const { device_code, user_code } = await post('devicecode', { scope: 'openid wlcg.groups' });
  iam.approve(user_code, 'alice');
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  const { access_token } = await post('token', { grant_type, device_code });
  const claims = JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url').toString());
  assert.deepEqual(claims['wlcg.groups'], ['/Production']);
});
