import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  defaultAccountFor,
  findIssuer,
  forgetAccount,
  knownIssuers,
  rememberAccount,
  renameAccountOf,
  similarIssuer,
} from './issuers.ts';

const WLCG = 'https://wlcg.cloud.cnaf.infn.it/';
let root: string;
let user: string;
let system: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'jeton issuers é '));
  user = join(root, 'user');
  system = join(root, 'system');
  for (const folder of [user, system]) mkdirSync(join(folder, 'issuer.config.d'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (file: string, content: unknown) =>
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
const config = () => readFileSync(join(user, 'issuer.config'), 'utf8');

test('without any file the 29 shipped issuers are known, IAM for WLCG first', async () => {
  for (const directory of [undefined, user, join(root, 'missing')]) {
    const { issuers, warnings } = await knownIssuers(directory, system);
    expect([issuers.length, issuers[0]?.issuer, warnings]).toEqual([29, WLCG, []]);
  }
  const { issuers } = await knownIssuers(undefined, system);
  expect(issuers.filter((issuer) => issuer.audience_parameter === 'audience')).toHaveLength(14);
  expect(findIssuer(issuers, 'https://accounts.google.com/')).toMatchObject({ offline_access: false });
  expect(issuers.filter((issuer) => issuer['pw-store'])).toHaveLength(5);
});

test('the user wins over the system, files over the .d folders, and newer over older, member by member', async () => {
  const entry = (level: string, members: object) => [
    { issuer: 'https://x.example', ...members, [level]: true },
  ];
  write(join(user, 'issuer.config'), entry('a', { v1: 1 }));
  write(join(user, 'issuer.config.d', 'new'), { ...entry('b', { v1: 2, v2: 2 })[0] });
  write(join(user, 'issuer.config.d', 'old'), entry('c', { v1: 3, v2: 3, v3: 3 }));
  utimesSync(join(user, 'issuer.config.d', 'old'), 1, 1);
  write(join(system, 'issuer.config'), entry('d', { v1: 4, v2: 4, v3: 4, v4: 4 }));
  write(join(system, 'issuer.config.d', 'x'), entry('e', { v1: 5, v2: 5, v3: 5, v4: 5, v5: 5 }));
  const { issuers } = await knownIssuers(user, system);
  expect(findIssuer(issuers, 'https://x.example/')).toEqual({
    ...{ issuer: 'https://x.example', a: true, b: true, c: true, d: true, e: true },
    ...{ v1: 1, v2: 2, v3: 3, v4: 4, v5: 5 },
  });
});

test('an issuer of the user keeps what is shipped about it, also when spelled without the slash', async () => {
  write(join(user, 'issuer.config'), [{ issuer: WLCG.slice(0, -1), accounts: ['wlcg'] }]);
  const { issuers } = await knownIssuers(user, system);
  expect(issuers).toHaveLength(29);
  expect(findIssuer(issuers, WLCG)).toMatchObject({ legacy_aud_mode: true, accounts: ['wlcg'] });
});

test('issuers with most accounts come first', async () => {
  write(join(user, 'issuer.config'), [
    { issuer: 'https://one.example', accounts: ['a'] },
    { issuer: 'https://two.example', accounts: ['b', 'c'], default_account: 'c' },
  ]);
  const { issuers } = await knownIssuers(user, system);
  expect(issuers.slice(0, 3).map(({ issuer }) => issuer)).toEqual([
    'https://two.example',
    'https://one.example',
    WLCG,
  ]);
  expect(defaultAccountFor(issuers, 'https://one.example/')).toBe('a');
  expect(defaultAccountFor(issuers, 'https://two.example')).toBe('c');
  expect(defaultAccountFor(issuers, 'https://three.example')).toBeUndefined();
});

test('the text formats of older releases are read, with accounts or with registration page and contact', async () => {
  write(join(user, 'issuer.config'), '# mine\nhttps://a.example/ one two\n\nhttps://b.example\n');
  write(join(system, 'issuer.config'), 'https://c.example/ https://c.example/register help@c.example\n');
  const { issuers, warnings } = await knownIssuers(user, system);
  expect(warnings).toEqual([]);
  expect(findIssuer(issuers, 'https://a.example')).toEqual({
    issuer: 'https://a.example/',
    accounts: ['one', 'two'],
  });
  expect(findIssuer(issuers, 'https://b.example')).toEqual({ issuer: 'https://b.example' });
  expect(findIssuer(issuers, 'https://c.example')).toEqual({
    issuer: 'https://c.example/',
    register: 'https://c.example/register',
    contact: 'help@c.example',
  });
});

test("the names of the C suite's documentation are understood, and those of its code", async () => {
  write(join(user, 'issuer.config'), [
    {
      issuer_url: 'https://documented.example',
      manual_register: 'https://r.example',
      configuration_endpoint: 'https://e.example',
      user_client: { client_id: 'c', flows: ['code', 'device'] },
    },
    {
      issuer: 'https://coded.example',
      register: 'https://r.example',
      config_endpoint: 'https://e.example',
      user_client: { client_id: 'c', flow: 'device' },
    },
  ]);
  const { issuers, warnings } = await knownIssuers(user, system);
  expect(warnings).toEqual([]);
  for (const [name, flow] of [
    ['documented', ['code', 'device']],
    ['coded', ['device']],
  ] as const) {
    expect(findIssuer(issuers, `https://${name}.example`)).toMatchObject({
      ...{ register: 'https://r.example', config_endpoint: 'https://e.example' },
      user_client: { client_id: 'c', flow },
    });
  }
});

test('a member may have the name of what every object of JavaScript has', async () => {
  write(join(user, 'issuer.config'), [{ issuer: 'https://iam.example/', toString: 'x', constructor: 'y' }]);
  const { issuers, warnings } = await knownIssuers(user, system);
  expect(warnings).toEqual([]);
  expect(findIssuer(issuers, 'https://iam.example/')).toMatchObject({ toString: 'x' });
});

test('the secret of a client is not shown by accident', async () => {
  write(join(user, 'issuer.config'), [
    { issuer: 'https://a.example', user_client: { client_id: 'c', client_secret: 'hush' } },
  ]);
  const { issuers } = await knownIssuers(user, system);
  const client = findIssuer(issuers, 'https://a.example')?.user_client;
  expect(client?.client_secret?.reveal()).toBe('hush');
  expect(JSON.stringify(issuers)).not.toContain('hush');
});

test("audience_parameter, or the C suite's legacy_aud_mode, sets the audience parameter of an issuer", async () => {
  write(join(user, 'issuer.config'), [
    { issuer: 'https://a.example', legacy_aud_mode: true },
    { issuer: 'https://b.example', legacy_aud_mode: true, audience_parameter: 'both' },
    { issuer: 'https://c.example' },
    { issuer: WLCG, legacy_aud_mode: false },
  ]);
  const { issuers } = await knownIssuers(user, system);
  const parameterOf = (issuer: string) => findIssuer(issuers, issuer)?.audience_parameter;
  expect(parameterOf('https://a.example')).toBe('audience');
  expect(parameterOf('https://b.example')).toBe('both');
  expect(parameterOf('https://c.example')).toBeUndefined();
  expect(parameterOf(WLCG)).toBe('resource');
});

test.each([
  ['[{"issuer": "https://a.example"},\n  {"issuer" "x"}]', 2, 13],
  ['[\n{"issuer": "https://a.example"},\n]', 3, 1],
  ['[{"issuer": "https://a.exa', 1, 13],
  ['[{"issuer": tru }]', 1, 13],
  ['# comment\n[{"a": 1,, "b": 2}]', 2, 10],
  ['{"a": 1} {', 1, 10],
])('broken JSON is reported with its place and the rest is read: %j', async (text, line, column) => {
  const file = join(user, 'issuer.config');
  write(file, text);
  const { issuers, warnings } = await knownIssuers(user, system);
  expect(warnings).toEqual([{ file, line, column, message: 'could not parse json' }]);
  expect(issuers).toHaveLength(29);
});

test('entries and lines that make no sense are reported one by one', async () => {
  write(join(user, 'issuer.config'), [
    { issuer: 'https://a.example', accounts: 'one' },
    { issuer: 'https://b.example' },
  ]);
  write(join(system, 'issuer.config'), 'https://c.example\n  gibberish\nhttp://insecure.example\n');
  const { issuers, warnings } = await knownIssuers(user, system);
  expect(warnings.map(({ line, column, message }) => [line, column, message])).toEqual([
    [undefined, undefined, "entry 1 is not used: 'accounts' is missing or malformed"],
    [2, 3, 'the line does not start with an https URL'],
    [3, 1, 'the line does not start with an https URL'],
  ]);
  expect(issuers).toHaveLength(31);
});

test('what is no address is a comment, not an issuer, and stays in the file', async () => {
  const comment = { issuer: '# not used: https://old.example/' };
  write(join(user, 'issuer.config'), [comment, { issuer: '' }, { issuer: 'https://iam.example/' }]);
  const { issuers, warnings } = await knownIssuers(user, system);
  expect(issuers.filter(({ issuer }) => !issuer.startsWith('https://'))).toEqual([]);
  expect(warnings.map(({ message }) => message)).toEqual([
    "entry 1 is not used: 'issuer' is missing or malformed",
    "entry 2 is not used: 'issuer' is missing or malformed",
  ]);
  await rememberAccount(user, 'https://iam.example/', 'a');
  expect(JSON.parse(config())).toEqual([
    comment,
    { issuer: '' },
    { issuer: 'https://iam.example/', accounts: ['a'] },
  ]);
});

test('remembering the first account writes a file with that issuer alone, 0600', async () => {
  await rememberAccount(user, WLCG, 'wlcg');
  expect(JSON.parse(config())).toEqual([{ issuer: WLCG, accounts: ['wlcg'] }]);
  expect(statSync(join(user, 'issuer.config')).mode & 0o777).toBe(0o600);
});

test('remembering and forgetting leave all other entries and members as they are', async () => {
  const mine = [
    { issuer: 'https://a.example', note: { kept: [1, null] }, user_client: { client_id: 'c' } },
    { issuer_url: WLCG.slice(0, -1), accounts: ['one'], contact: 'me' },
    'not an entry',
  ];
  write(join(user, 'issuer.config'), mine);
  await rememberAccount(user, WLCG, 'two');
  await rememberAccount(user, WLCG, 'two');
  expect(JSON.parse(config())).toEqual([mine[0], { ...Object(mine[1]), accounts: ['one', 'two'] }, mine[2]]);
  await forgetAccount(user, WLCG, 'one');
  await forgetAccount(user, WLCG, 'never-there');
  expect(JSON.parse(config())).toEqual([mine[0], { ...Object(mine[1]), accounts: ['two'] }, mine[2]]);
});

test('a JSON file keeps its comments and its layout; only the accounts change', async () => {
  const text = [
    '\uFEFF# My issuers',
    '[',
    '  {',
    '    # the one of the experiment',
    `    "issuer": "${WLCG}", "contact": "me",`,
    '    "accounts": [',
    '      # for jobs',
    '      "jobs",',
    '      "mine"',
    '    ]',
    '  },',
    '  # not used any more',
    '  {',
    '    "issuer": "https://b.example",',
    '    "note": "//# no comment"',
    '  }',
    ']',
    '# the end',
    '',
  ].join('\n');
  write(join(user, 'issuer.config'), text);
  await rememberAccount(user, WLCG, 'new');
  expect(config()).toBe(text.slice(1).replace('"mine"', '"mine",\n      "new"'));
  await renameAccountOf(user, 'mine', 'ours');
  await forgetAccount(user, WLCG, 'new');
  expect(config()).toBe(text.slice(1).replace('"mine"', '"ours"'));
  await rememberAccount(user, 'https://c.example', 'c');
  const added = ['{', '  "issuer": "https://c.example",', '  "accounts": [', '    "c"', '  ]', '}'];
  const end = ['  }', ']', '# the end', ''].join('\n');
  const longer = ['  },', ...added.map((line) => `  ${line}`), ']', '# the end', ''].join('\n');
  expect(config()).toBe(text.slice(1).replace('"mine"', '"ours"').replace(end, longer));
});

test.each([
  ['the one object of a file', (entry: string) => entry],
  ['the one entry of a list', (entry: string) => `[${entry}]`],
])('%s gets its first account, and an issuer beside it', async (_form, form) => {
  write(join(user, 'issuer.config'), form(`{"issuer": "${WLCG}", "default_account": "a"}`));
  await rememberAccount(user, WLCG, 'a');
  await renameAccountOf(user, 'a', 'b');
  await rememberAccount(user, 'https://b.example', 'c');
  expect(JSON.parse(config())).toEqual([
    { issuer: WLCG, default_account: 'b', accounts: ['b'] },
    { issuer: 'https://b.example', accounts: ['c'] },
  ]);
});

test('a text file stays one, with its comments', async () => {
  write(join(user, 'issuer.config'), `# mine\n${WLCG} one\nhttps://b.example\n`);
  await rememberAccount(user, WLCG.slice(0, -1), 'two');
  await rememberAccount(user, 'https://c.example', 'three');
  await forgetAccount(user, WLCG, 'one');
  expect(config()).toBe(`# mine\n${WLCG} two\nhttps://b.example\nhttps://c.example three\n`);
});

test.each([
  ['JSON', `[{"issuer": "${WLCG}"}]`],
  ['text', `# mine\n${WLCG}\n`],
  ['text without a comment', `${WLCG}\n`],
])('%s may begin with a byte order mark', async (_form, text) => {
  write(join(user, 'issuer.config'), `\uFEFF${text}`);
  await rememberAccount(user, WLCG, 'one');
  expect(config()).toMatch(text.startsWith('[') ? /^\[/ : /infn\.it\/ one\n$/);
  const { issuers, warnings } = await knownIssuers(user, system);
  expect(warnings).toEqual([]);
  expect(defaultAccountFor(issuers, WLCG)).toBe('one');
});

test('accounts that are written down at the same moment are all in the file', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `account-${index}`);
  await Promise.all(names.map((name) => rememberAccount(user, WLCG, name)));
  expect(JSON.parse(config())).toEqual([{ issuer: WLCG, accounts: names }]);
});

test('a file that cannot be understood is never overwritten', async () => {
  write(join(user, 'issuer.config'), '[{"issuer": ');
  await expect(rememberAccount(user, WLCG, 'x')).rejects.toThrow(/issuer\.config:1:13: could not parse json/);
  expect(config()).toBe('[{"issuer": ');
});

test('an account is renamed wherever its name stands, and nowhere else', async () => {
  const file = join(user, 'issuer.config');
  const [other, unknown] = [{ issuer: 'https://y.example', accounts: ['wlcg2'] }, { note: 'wlcg' }];
  write(file, [{ issuer: WLCG, accounts: ['a', 'wlcg'], default_account: 'wlcg', ...unknown }, other]);
  await renameAccountOf(user, 'wlcg', 'lhc');
  expect(JSON.parse(config())).toEqual([
    { issuer: WLCG, accounts: ['a', 'lhc'], default_account: 'lhc', ...unknown },
    other,
  ]);
  write(file, `# wlcg is my account\n${WLCG}  a\twlcg\r\nhttps://y.example wlcg2\n`);
  await renameAccountOf(user, 'wlcg', 'lhc');
  expect(config()).toBe(`# wlcg is my account\n${WLCG}  a\tlhc\r\nhttps://y.example wlcg2\n`);
  await renameAccountOf(user, 'nobody', 'x');
  expect(config()).toContain('a\tlhc');
});

test.each([
  ['https://iam.exmaple/', 'https://iam.example/'],
  ['https://iam.exampel', 'https://iam.example/'],
  ['iam.exmaple', 'https://iam.example/'],
  ['http://iam.example:8080', undefined],
  ['https://iam.example', undefined],
  ['iam', 'https://iam.example/'],
  ['keycloak', 'https://keycloak.example/realms/blue'],
  ['https://keycloak.example/realm/blue', 'https://keycloak.example/realms/blue'],
  ['https://completely.other/', undefined],
])('%s is similar to %s', (written, meant) => {
  const known = [{ issuer: 'https://iam.example/' }, { issuer: 'https://keycloak.example/realms/blue' }];
  expect(similarIssuer(written, known)).toEqual(meant === undefined ? [] : [`did you mean ${meant}?`]);
});
