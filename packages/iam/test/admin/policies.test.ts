import { afterEach, describe, expect, it } from 'vitest';
import { administrator, tokensOf } from '../support/administrator.ts';
import { answerOf, basic, type Json, json, testIam } from '../support/test-iam.ts';

const iam = testIam();
const admin = administrator(iam);
const device = { id: 'device-code-client', secret: 'secret' };
const SCOPES = '/iam/scope_policies';
const EXCHANGES = '/iam/api/exchange/policies';

const listed = async (path: string): Promise<Json[]> => {
  const list: unknown = await (await admin(path)).json();
  return Array.isArray(list) ? list : [];
};

afterEach(async () => {
  for (const path of [SCOPES, EXCHANGES]) {
    for (const { id } of await listed(path)) if (id !== 1) await admin(`${path}/${id}`, 'DELETE');
  }
});

describe('scope policies', () => {
  it('permit everything at first', async () => {
    expect(await listed(SCOPES)).toEqual([
      {
        id: 1,
        description: 'Default Permit ALL policy',
        rule: 'PERMIT',
        matchingPolicy: 'EQ',
        creationTime: expect.any(String),
        lastUpdateTime: expect.any(String),
        account: null,
        group: null,
        scopes: null,
      },
    ]);
  });

  it('remove scopes without an error, and no refresh restores them', async () => {
    const noEmail = { rule: 'DENY', scopes: ['email', 'profile'] };
    expect((await admin(SCOPES, 'POST', noEmail)).status).toBe(201);
    const tokens = await tokensOf(iam, 'test', device, 'openid profile email offline_access');
    expect(tokens.scope).toBe('openid offline_access');
    await admin(`${SCOPES}/2`, 'DELETE');
    const refresh = { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) };
    const again = await json(await iam.post('/token', refresh, basic(device.id, device.secret)));
    expect(again.scope).toBe('openid offline_access');
    const more = { ...refresh, scope: 'openid email' };
    expect(await answerOf(await iam.post('/token', more, basic(device.id, device.secret)))).toEqual([
      400,
      { error: 'invalid_scope', error_description: 'Up-scoping is not allowed.' },
    ]);
  });

  it('do not apply to client credentials', async () => {
    await admin(SCOPES, 'POST', { rule: 'DENY', scopes: ['storage.read:/'] });
    const form = { grant_type: 'client_credentials', scope: 'storage.read:/' };
    const tokens = await json(await iam.post('/token', form, basic('client-cred', 'secret')));
    expect(tokens.scope).toBe('storage.read:/');
  });

  it('can apply to one user or one group', async () => {
    const uuid = '73f16d93-2441-4a50-88ff-85360d78c6b5';
    await admin(SCOPES, 'POST', { rule: 'DENY', scopes: ['email'], account: { uuid } });
    await admin(SCOPES, 'POST', { rule: 'DENY', scopes: ['profile'], group: { name: 'Production' } });
    expect(await listed(SCOPES)).toMatchObject([
      {},
      { id: 2, account: { uuid, username: 'admin' } },
      { id: 3, group: { name: 'Production' } },
    ]);
    expect((await tokensOf(iam, 'test', device, 'openid profile email')).scope).toBe('openid email');
    expect((await tokensOf(iam, 'admin', device, 'openid profile email')).scope).toBe('openid profile');
  });

  it('can be changed', async () => {
    await admin(SCOPES, 'POST', { rule: 'DENY', scopes: ['email'] });
    const change = { rule: 'DENY', matchingPolicy: 'PATH', scopes: ['storage.read:/home'] };
    expect((await admin(`${SCOPES}/2`, 'PUT', change)).status).toBe(204);
    expect(await json(await admin(`${SCOPES}/2`))).toMatchObject(change);
    expect((await tokensOf(iam, 'test', device, 'openid email storage.read:/home/a')).scope).toBe(
      'openid email',
    );
  });

  it.each<[Json, string]>([
    [{}, 'rule is required'],
    [{ rule: 'NEVER' }, 'rule must be PERMIT or DENY'],
    [{ rule: 'PERMIT', matchingPolicy: 'GLOB' }, 'matchingPolicy must be EQ, REGEXP or PATH'],
    [{ rule: 'DENY', matchingPolicy: 'REGEXP', scopes: ['('] }, 'a scope is not a regular expression'],
    [{ rule: 'DENY', account: { uuid: 'nobody' } }, 'No account found for id: nobody'],
    [
      { rule: 'DENY', account: { uuid: 'a' }, group: { name: 'b' } },
      'a policy cannot have both an account and a group',
    ],
  ])('are refused if they are invalid: %j', async (policy, error) => {
    expect(await answerOf(await admin(SCOPES, 'POST', policy))).toEqual([
      400,
      { error: `Invalid scope policy: ${error}` },
    ]);
  });

  it('are refused if an equal one exists', async () => {
    expect(await answerOf(await admin(SCOPES, 'POST', { rule: 'PERMIT', scopes: [] }))).toEqual([
      400,
      { error: 'Duplicate scope policy: it says what 1 says' },
    ]);
  });

  it('give 404 for an unknown id', async () => {
    for (const method of ['GET', 'DELETE']) {
      expect(await answerOf(await admin(`${SCOPES}/77`, method))).toEqual([
        404,
        { error: 'No scope policy found for id: 77' },
      ]);
    }
  });
});

describe('exchange policies', () => {
  const exchange = async (scope = 'openid') => {
    const { access_token } = await tokensOf(iam, 'test', device, 'openid');
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: String(access_token),
      scope,
    };
    return iam.post('/token', form, basic('token-exchange-actor', 'secret'));
  };

  it('permit everything at first', async () => {
    expect(await listed(EXCHANGES)).toMatchObject([
      { id: 1, rule: 'PERMIT', originClient: { type: 'ANY' }, destinationClient: { type: 'ANY' } },
    ]);
    expect((await exchange()).status).toBe(200);
  });

  it('deny, the more specific one first, and deny scopes', async () => {
    const policy = {
      rule: 'PERMIT',
      originClient: { type: 'BY_ID', matchParam: device.id },
      destinationClient: { type: 'ANY' },
      scopePolicies: [{ rule: 'DENY', type: 'EQ', matchParam: 'profile' }],
    };
    expect((await admin(EXCHANGES, 'POST', policy)).status).toBe(201);
    expect((await exchange()).status).toBe(200);
    expect(await answerOf(await exchange('openid profile'))).toEqual([
      400,
      { error: 'invalid_scope', error_description: 'scope exchange not allowed by policy: profile' },
    ]);
    await admin(EXCHANGES, 'POST', { ...policy, rule: 'DENY', scopePolicies: [] });
    expect((await answerOf(await exchange()))[0]).toBe(403);
  });

  it.each<[Json, string]>([
    [{ rule: 'PERMIT' }, 'originClient is required'],
    [{ rule: 'MAYBE', originClient: { type: 'ANY' }, destinationClient: { type: 'ANY' } }, 'rule must be'],
    [
      { rule: 'DENY', originClient: { type: 'BY_ID' }, destinationClient: { type: 'ANY' } },
      'BY_ID and BY_SCOPE need a matchParam',
    ],
  ])('are refused if they are invalid: %j', async (policy, error) => {
    const [status, body] = await answerOf(await admin(EXCHANGES, 'POST', policy));
    expect([status, body.error]).toEqual([400, expect.stringContaining(error)]);
  });
});
