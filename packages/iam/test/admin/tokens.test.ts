import { describe, expect, it } from 'vitest';
import { administrator, tokensOf } from '../support/administrator.ts';
import { basic, json, testIam } from '../support/test-iam.ts';

const iam = testIam();
const admin = administrator(iam);
const TEST_USER = '80e5fb8d-b7c8-451a-89ba-346ae278a66f';

describe('active tokens', () => {
  it('are listed without their values, and an administrator can revoke them', async () => {
    const client = await iam.newDeviceClient();
    const tokens = await tokensOf(iam, 'test', client);
    const listed = await admin(`/iam/api/access-tokens?clientId=${client.id}`);
    const list = await json(listed);
    expect(list).toMatchObject({
      totalResults: 1,
      Resources: [
        {
          scopes: ['openid', 'offline_access', 'storage.read:/', 'wlcg.groups'],
          client: { clientId: client.id },
          user: { id: TEST_USER, userName: 'test' },
        },
      ],
    });
    expect(JSON.stringify(list)).not.toContain(String(tokens.access_token));
    const [{ id }] = Array.isArray(list.Resources) ? list.Resources : [];
    expect((await admin(`/iam/api/access-tokens/${id}`, 'DELETE')).status).toBe(204);
    expect((await admin(`/iam/api/access-tokens/${id}`, 'DELETE')).status).toBe(404);
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    expect((await iam.fetch('/userinfo', { headers })).status).toBe(401);

    const refreshable = await json(await admin(`/iam/api/refresh-tokens?clientId=${client.id}&userId=test`));
    const [refreshToken] = Array.isArray(refreshable.Resources) ? refreshable.Resources : [];
    expect((await admin(`/iam/api/refresh-tokens/${refreshToken.id}`, 'DELETE')).status).toBe(204);
    const form = { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) };
    expect((await iam.post('/token', form, basic(client.id, client.secret))).status).toBe(401);
  });

  it('of an unknown user are an empty list', async () => {
    expect(await json(await admin('/iam/api/refresh-tokens?userId=nobody'))).toMatchObject({
      totalResults: 0,
      Resources: [],
    });
  });
});
