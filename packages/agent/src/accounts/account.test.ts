import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Secret } from '../secret.ts';
import { type Account, accountFromJson, accountToJson, parseAccount, printAccount } from './account.ts';

const minimal = { name: 'wlcg', issuer_url: 'https://iam.example/', client_id: 'c' };

function parse(members: object): Account {
  return parseAccount(JSON.stringify({ ...minimal, ...members }));
}

test('an account is laid out as the C programs do', () => {
  const account: Account = {
    name: 'wlcg',
    client_name: 'oidc-agent:wlcg-host',
    issuer_url: 'https://iam.example/',
    device_authorization_endpoint: 'https://iam.example/devicecode',
    client_id: 'id',
    client_secret: new Secret('s3'),
    refresh_token: new Secret('rt'),
    auth_scope: 'openid offline_access',
    refresh_scope: 'openid',
    redirect_uris: ['http://localhost:4242', 'http://localhost:8080'],
    registration_access_token: new Secret('rat'),
    registration_client_uri: 'https://iam.example/client/id',
    others: { client_id_issued_at: 1600444894, grant_types: ['refresh_token'] },
  };
  expect(printAccount(account)).toBe(`{
	"name":	"wlcg",
	"client_name":	"oidc-agent:wlcg-host",
	"issuer_url":	"https://iam.example/",
	"mytoken_url":	"",
	"config_endpoint":	"",
	"device_authorization_endpoint":	"https://iam.example/devicecode",
	"daeSetByUser":	0,
	"client_id":	"id",
	"client_secret":	"s3",
	"refresh_token":	"rt",
	"cert_path":	"",
	"auth_scope":	"openid offline_access",
	"refresh_scope":	"openid",
	"scope":	"openid offline_access",
	"audience":	"",
	"oauth":	0,
	"uses_pub_client":	0,
	"redirect_uris":	["http://localhost:4242", "http://localhost:8080"],
	"username":	"",
	"password":	"",
	"registration_access_token":	"rat",
	"registration_client_uri":	"https://iam.example/client/id",
	"client_id_issued_at":	1600444894,
	"grant_types":	["refresh_token"]
}`);
});

describe('reading', () => {
  test('takes issuer and scope of old files', () => {
    const account = parseAccount('{"name":"a","issuer":"https://i/","client_id":"c","scope":"openid"}');
    expect(account.issuer_url).toBe('https://i/');
    expect(account.auth_scope).toBe('openid');
  });

  test('prefers issuer_url and auth_scope, unless empty', () => {
    expect(parse({ issuer: 'https://old/', scope: 'old', auth_scope: 'new' })).toMatchObject({
      issuer_url: 'https://iam.example/',
      auth_scope: 'new',
    });
    expect(parse({ issuer_url: '', issuer: 'https://old/', scope: 'old', auth_scope: '' })).toMatchObject({
      issuer_url: 'https://old/',
      auth_scope: 'old',
    });
  });

  test.each(['', 'null', '(null)', null, undefined])(
    'takes an account of a mytoken server with the client id %j: it has no client',
    (client_id) => {
      const account = parse({ client_id, mytoken_url: 'https://mytoken.example', mytoken_profile: '' });
      expect(account).toMatchObject({ client_id: '', mytoken_profile: undefined });
      expect(accountToJson(account)).toMatchObject({ client_id: '' });
      expect(() => parse({ client_id, mytoken_url: '' })).toThrow('could not find json key: client_id');
    },
  );

  test('takes each word for an absent value as one, whatever the member', () => {
    const json = accountToJson(parse({}));
    const optional = Object.keys({
      ...json,
      redirect_uris: 0,
      mytoken_profile: 0,
      token_endpoint_auth_method: 0,
    });
    for (const member of optional.filter((name) => !(name in minimal))) {
      for (const value of ['', 'null', '(null)', null]) {
        expect(accountToJson(parse({ [member]: value })), `${member}: ${value}`).toEqual(json);
      }
    }
  });

  test.each(['', 'null', '(null)', null])('takes %j for absent', (value) => {
    const account = parse({ client_secret: value, audience: value });
    expect(account.client_secret).toBeUndefined();
    expect(account.audience).toBeUndefined();
  });

  test.each([
    [1, true],
    ['1', true],
    [16, true],
    ['32', true],
    [true, true],
    [0, false],
    ['0', false],
    ['', false],
    [undefined, false],
  ])('takes the flag %j for %j', (value, expected) => {
    const account = parse({ daeSetByUser: value, oauth: value, uses_pub_client: value });
    expect(
      [account.daeSetByUser, account.oauth, account.uses_pub_client].map((flag) => flag ?? false),
    ).toEqual([expected, expected, expected]);
  });

  test('of duplicate members takes the first that says something', () => {
    const account = parseAccount(
      '{"name":"a","issuer_url":"https://i/","client_id":"c","audience":"https://se","cert_path":"",' +
        '"x":{"audience":[1,{"cert_path":"}"}]},"cert_path":"/ca.pem","audience":""}',
    );
    expect(account.audience).toBe('https://se');
    expect(account.cert_path).toBe('/ca.pem');
    expect(account.others).toEqual({ x: { audience: [1, { cert_path: '}' }] } });
  });

  test.each([
    ['no JSON', '{"client_secret":"hunter2', 'could not parse json'],
    ['an array', '["hunter2"]', 'is not a json object'],
    ['no issuer', '{"name":"a","client_id":"hunter2"}', 'could not find json key: issuer_url'],
    [
      'a member of another type',
      '{"name":"a","issuer_url":"https://i/","client_id":"c","refresh_token":{"a":"hunter2"}}',
      'unexpected type of json key: refresh_token',
    ],
  ])('refuses %s without quoting it', (_what, text, message) => {
    let thrown: unknown;
    try {
      parseAccount(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ kind: 'malformed', message });
    expect(inspect(thrown)).not.toContain('hunter2');
  });
});

test('redirect URIs by address are apart in the file, for the C programs take no others than localhost there', () => {
  const [localhost, custom] = ['http://localhost:4242', 'edu.kit.data.oidc-agent:/redirect'];
  const byAddress = ['http://127.0.0.1:4242', 'http://[::1]:4242/redirect'];
  const account = parse({ redirect_uris: [localhost, ...byAddress, custom] });
  const written = JSON.parse(printAccount(account));
  expect(written).toMatchObject({ redirect_uris: [localhost, custom], redirect_uris_by_address: byAddress });
  expect(accountFromJson(written).redirect_uris).toEqual([localhost, custom, ...byAddress]);
  const one = JSON.parse(printAccount(parse({ redirect_uris: byAddress })));
  expect(one).not.toHaveProperty('redirect_uris');
  expect(accountFromJson(one).redirect_uris).toEqual(byAddress);
});

test('unknown members survive, unchanged and in order, and so does what the C programs wrote', () => {
  const text = printAccount(
    parse({
      zeta: { b: [1, 2, { c: null }] },
      alpha: 'ä\u0001',
      mytoken_profile: { a: 1 },
      __proto__x: true,
      big: 2 ** 53 - 1,
    }),
  );
  expect(printAccount(parseAccount(text))).toBe(text);
  const { zeta, alpha, big } = JSON.parse(text);
  expect({ zeta, alpha, big }).toEqual({
    zeta: { b: [1, 2, { c: null }] },
    alpha: 'ä\u0001',
    big: 2 ** 53 - 1,
  });
  expect(text.indexOf('zeta')).toBeLessThan(text.indexOf('alpha'));
});

test('a member called __proto__ is a member like others', () => {
  const text = printAccount(parseAccount(`{"__proto__":{"name":"evil"},${JSON.stringify(minimal).slice(1)}`));
  expect(text).toContain('"__proto__":\t{');
  expect(parseAccount(text).name).toBe('wlcg');
});

test('secrets are not shown when an account is', () => {
  const secrets = ['client_secret', 'refresh_token', 'password', 'registration_access_token'];
  const account = parse(Object.fromEntries(secrets.map((name) => [name, 'hunter2'])));
  expect(inspect(account, { depth: 5 }) + JSON.stringify(account)).not.toContain('hunter2');
  expect(JSON.stringify(accountToJson(account)).match(/hunter2/g)).toHaveLength(secrets.length);
});
