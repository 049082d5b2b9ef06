import { describe, expect, it } from 'vitest';
import { administrator } from '../support/administrator.ts';
import { Browser } from '../support/browser.ts';
import { answerOf, testIam } from '../support/test-iam.ts';

const iam = testIam();
const admin = administrator(iam);
const path = (id: string) => `/iam/api/clients/${id}`;

describe('the administration API', () => {
  it.each([
    '/iam/api/clients',
    '/iam/scope_policies',
    '/iam/api/exchange/policies',
    '/iam/api/access-tokens',
  ])('is for administrators only: %s', async (path) => {
    expect((await iam.fetch(path)).status).toBe(401);
    expect((await iam.fetch(path, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
    expect((await administrator(iam, 'test')(path)).status).toBe(403);
    expect((await admin(path)).status).toBe(200);
  });

  it('reads with iam:admin.read and writes with iam:admin.write', async () => {
    const reader = administrator(iam, 'admin', 'openid iam:admin.read');
    const writer = administrator(iam, 'admin', 'openid iam:admin.write');
    expect((await reader(path('client'))).status).toBe(200);
    expect(await answerOf(await reader(`${path('client')}/secret`, 'POST'))).toEqual([
      403,
      { error: 'insufficient_scope', error_description: 'Insufficient scope for this resource' },
    ]);
    expect((await writer(path('client'))).status).toBe(403);
    expect((await writer(`${path('client')}/enable`, 'PATCH')).status).toBe(200);
  });

  it('accepts the login of an administrator, but not from another site', async () => {
    const browser = new Browser(iam);
    await browser.logIn(await browser.open('/login'), 'admin');
    expect((await browser.open('/iam/api/clients')).status).toBe(200);
    const secret = `${path('client')}/rat`;
    const elsewhere = { origin: 'http://localhost:1' };
    expect((await browser.open(secret, { method: 'POST', headers: elsewhere })).status).toBe(401);
    const ours = { origin: new URL(iam.issuer).origin };
    expect((await browser.open(secret, { method: 'POST', headers: ours })).status).toBe(201);
    const other = new Browser(iam);
    await other.logIn(await other.open('/login'), 'test');
    expect((await other.open('/iam/api/clients')).status).toBe(403);
  });
});
