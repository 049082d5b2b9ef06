import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { basic, json, testIam } from '../support/test-iam.ts';

const guide = await readFile(new URL('../../../../docs/iam.md', import.meta.url), 'utf8');
const example = /```yaml\n(.*?)```/s.exec(guide)?.[1] ?? '';

describe('the example of the guide', () => {
  const iam = testIam(parseConfig(example, 'iam.yaml'));
  const token = (username: string, password: string, scope: string) =>
    iam.post(
      '/token',
      { grant_type: 'password', username, password, scope },
      basic('portal', 'portal-secret'),
    );

  it('sets users, clients and lifetimes', async () => {
    const answer = await json(await token('alice', 'wonderland', 'openid storage.read:/x'));
    expect(answer.scope).toBe('openid storage.read:/x');
    const claims = decodeJwt(String(answer.access_token));
    expect(claims.sub).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number(claims.exp) - Number(claims.iat)).toBe(900);
    const code = await json(await iam.post('/devicecode', { client_id: 'device-code-client' }));
    expect(code.expires_in).toBe(120);
    expect((await token('test', 'password', 'openid')).status).toBe(400);
    expect(iam.control.behaviour.rotation).toBe('detect-reuse');
  });

  it('sets the claims of userinfo', async () => {
    const { access_token } = await json(await token('alice', 'wonderland', 'openid profile'));
    const headers = { authorization: `Bearer ${access_token}` };
    const alice = await json(await iam.fetch('/userinfo', { headers }));
    expect(alice).toMatchObject({ name: 'Alice Liddell', birthdate: '1852-05-04' });
    expect(alice).not.toHaveProperty('gender');
  });

  it('sets groups, one of them optional', async () => {
    const groupsFor = async (scope: string) => {
      const code = await json(await iam.post('/devicecode', { client_id: 'public-dc-client', scope }));
      iam.control.decide(String(code.user_code), { user: 'alice', approve: true });
      const form = {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        client_id: 'public-dc-client',
        device_code: String(code.device_code),
      };
      return decodeJwt(String((await json(await iam.post('/token', form))).access_token))['wlcg.groups'];
    };
    expect(await groupsFor('wlcg.groups')).toEqual(['/Production']);
    expect(await groupsFor('wlcg.groups:/Pilots')).toEqual(['/Pilots', '/Production']);
  });

  it('restricts a scope', async () => {
    const metadata = { client_name: 'some client', redirect_uris: ['http://localhost:1'] };
    const { scope } = await json(
      await iam.register({ ...metadata, scope: 'openid storage.modify:/x storage.read:/' }),
    );
    expect(scope).toBe('openid storage.read:/');
  });

  it('sets policies', () => {
    const { scopePolicies, exchangePolicies, users } = parseConfig(example, 'iam.yaml');
    expect(scopePolicies).toMatchObject([
      { id: 1, rule: 'PERMIT', matchingPolicy: 'EQ', scopes: [] },
      { id: 2, rule: 'DENY', account: users?.[1]?.id, scopes: ['storage.modify:/'] },
    ]);
    expect(exchangePolicies).toMatchObject([
      {
        id: 1,
        rule: 'PERMIT',
        originClient: { type: 'BY_ID', matchParam: 'portal' },
        destinationClient: { type: 'ANY' },
      },
    ]);
  });
});

describe('a configuration file', () => {
  it('may be empty, and may have only some parts', () => {
    for (const text of ['', '# nothing yet\n', 'users: []\n', 'clients: []\nprofile: kc\n']) {
      expect(() => parseConfig(text, 'iam.yaml')).not.toThrow();
    }
    expect(parseConfig('', 'iam.yaml').users).toBeUndefined();
  });

  it('gives a user the same id every time', () => {
    const idOf = (text: string) => parseConfig(text, 'iam.yaml').users?.map(({ id }) => id);
    const alice = '{ username: alice, password: x }';
    expect(idOf(`users: [${alice}]`)).toEqual(
      idOf(`users: [${alice}, { username: bob, password: y }]`)?.slice(0, 1),
    );
  });

  it.each([
    [
      'users:\n  - username: a\n    pasword: b\n',
      '3:5: users[0].pasword is not known here; did you mean password?',
    ],
    ['users:\n  - username: a\n', '2:5: users[0].password is missing'],
    ['users:\n  - username: a\n    password: 123\n', '3:5: users[0].password must be text'],
    [
      'users:\n  - {username: a, password: b}\n  - {username: a, password: c}\n',
      '3:6: users[1].username is there twice',
    ],
    [
      'users:\n  - {username: a, password: b, groups: [None]}\n',
      "2:41: users[0].groups[0] names a group that does not exist: 'None'",
    ],
    [
      'clients:\n  - client_id: a\n    scope: openid\n    grant_types: [magic]\n',
      '4:19: clients[0].grant_types[0] must be one of authorization_code,',
    ],
    [
      'clients:\n  - {client_id: a, scope: x, grant_types: [], owners: [zoe]}\n',
      "2:56: clients[0].owners[0] names a user that does not exist: 'zoe'",
    ],
    [
      'clients:\n  - {client_id: a, scope: x, grant_types: [], redirect_uris: ["javascript:x"]}\n',
      '2:63: clients[0].redirect_uris[0] is not possible: javascript:x is not allowed',
    ],
    [
      'scope_policies:\n  - rule: DENY\n    user: zoe\n',
      "3:5: scope_policies[0].user names a user that does not exist: 'zoe'",
    ],
    ['lifetimes:\n  access_token: -1\n', '2:3: lifetimes.access_token must not be negative'],
    [
      'behaviour:\n  rules:\n    - status: 503\n      tiems: 1\n',
      '4:7: behaviour.rules[0].tiems is not part of a rule; did you mean times?',
    ],
    ['users: [\n', '2:1: '],
    [
      'clients:\n  - {client_id: a, scope: x, grant_types: [], owners: [tset]}\n',
      "2:56: clients[0].owners[0] names a user that does not exist: 'tset'; did you mean test?",
    ],
    ['a: 1\n', '1:1: a is not known here'],
    ['- a\n', '1:1: must have members'],
    ['just text', '1:1: must have members'],
    ['profile: wlcg\nprofile: iam\n', '2:1: Map keys must be unique'],
  ])('gives an error with line and column: %j', (text, message) => {
    expect(() => parseConfig(text, 'iam.yaml')).toThrow(`iam.yaml:${message}`);
  });

  it('gives either a configuration or an error with its position, for any text', () => {
    const fragments = [
      'users',
      ':',
      ' ',
      '\n',
      '\n  ',
      '- ',
      '[',
      '{',
      '}',
      '&a ',
      '*a',
      '!!map',
      '"',
      '|',
      '<<',
      '? ',
      'groups',
      '#',
    ];
    const text = fc.array(fc.oneof(fc.constantFrom(...fragments), fc.string()), { maxLength: 12 });
    fc.assert(
      fc.property(text, (parts) => {
        try {
          parseConfig(parts.join(''), 'iam.yaml');
        } catch (error) {
          expect(String(error)).toMatch(/^Error: iam\.yaml:\d+:\d+: ./);
        }
      }),
    );
    const bomb = `a: &a [x]\n${'bcdefghi'
      .split('')
      .map((name, n) => `${name}: &${name} [${`*${'abcdefgh'[n]},`.repeat(9)}]\n`)
      .join('')}`;
    expect(() => parseConfig(bomb, 'iam.yaml')).toThrow('iam.yaml:1:1: Excessive alias count');
  });
});
