/** What oidc-gen does with accounts that there are: another name, another encryption, another login, an end. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccount, writeAccount } from '../support/agent/account-files.ts';
import { generateAccount, PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';
import { deletedClients, startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { Terminal } from '../support/user/terminal.ts';

const sandbox = new Sandbox();
let iam: RunningIam;
beforeAll(async () => {
  iam = await startIam(sandbox);
  await startAgent(sandbox);
  expect(await generateAccount(sandbox, 'wlcg', iam)).toMatchObject({ code: 0 });
});
afterAll(() => sandbox.close());

const path = (name: string) => join(sandbox.accounts, name);
const gen = (...args: string[]) => sandbox.run('oidc-gen', ['--pw-env', ...args], withPassword);
const loaded = async () =>
  (await sandbox.run('oidc-add', ['-a'])).stdout.split('\n').filter((name) => name !== '');

describe('--rename', () => {
  it('changes the file, issuer.config and what the agent holds', async () => {
    const before = await readAccount(sandbox, 'wlcg');
    const config = path('issuer.config');
    const [entry] = JSON.parse(readFileSync(config, 'utf8'));
    writeFileSync(config, JSON.stringify([{ ...entry, default_account: 'wlcg' }]));
    expect(await gen('--rename', 'lhc', 'wlcg')).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(sandbox.accounts).sort()).toEqual(['issuer.config', 'lhc']);
    expect(await readAccount(sandbox, 'lhc')).toEqual({ ...before, name: 'lhc' });
    expect(JSON.parse(readFileSync(config, 'utf8'))).toMatchObject([
      { issuer: iam.issuer, accounts: ['lhc'], default_account: 'lhc' },
    ]);
    expect(await loaded()).toEqual(['lhc']);
    expect((await sandbox.run('oidc-token', [iam.issuer])).code).toBe(0);
    expect(await gen('--rename', 'wlcg', 'lhc')).toMatchObject({ code: 0 });
  });

  it.each([
    [['--rename', 'new', 'nope'], 'No account configuration found with that shortname', 1],
    [['--rename', 'wlcg', 'wlcg'], "Account configuration 'wlcg' already exists", 1],
    [['--rename', '../x', 'wlcg'], 'is not an account short name', 1],
    [['--rename', 'new'], 'You have to specify a shortname to rename it', 64],
    [['--rename', 'new', '--no-save', 'wlcg'], 'Rename argument cannot be combined with no-save', 64],
    [['-u', 'wlcg', '--no-save'], 'Update argument cannot be combined with no-save', 64],
    [['-u', 'nope'], 'could not open file - file does not exist', 1],
  ])('%j: %s', async (args, text, code) => {
    const before = readdirSync(sandbox.accounts);
    expect(await gen(...args)).toMatchObject({ code, stderr: expect.stringContaining(text) });
    expect(readdirSync(sandbox.accounts)).toEqual(before);
  });

  it('a wrong password changes nothing', async () => {
    const env = { OIDC_ENCRYPTION_PW: 'wrong' };
    const outcome = await sandbox.run('oidc-gen', ['--pw-env', '--rename', 'x', 'wlcg'], { env });
    expect(outcome.code).toBe(77);
    expect(await loaded()).toEqual(['wlcg']);
    expect(readdirSync(sandbox.accounts)).toContain('wlcg');
  });
});

describe('-u', () => {
  const updated = { code: 0, stdout: 'Updated config file format\n' };
  /** In the format of before 2.1.0, encrypted with `geheim`. */
  const hexFile =
    '28:000102030405060708090a0b0c0d0e0f:000102030405060708090a0b0c0d0e0f1011121314151617:c150eb64da5cc6e9df984f8756f67d14a4ae83c601fff8c93a75a7f2';
  const plain = { name: 'plain', issuer_url: 'https://issuer.example/', client_id: 'c', unknown: [1] };

  it('encrypts plain JSON, and leaves every member as it is', async () => {
    writeFileSync(path('plain'), JSON.stringify(plain));
    expect(await gen('-u', 'plain')).toMatchObject(updated);
    expect(readFileSync(path('plain'), 'utf8')).toMatch(/^\d+\n.*Generated using version: 5\.3\.3$/s);
    const { stdout } = await gen('-p', 'plain');
    expect(JSON.parse(stdout)).toEqual(plain);
  });

  it('also takes a path, and refuses what is no JSON object', async () => {
    const file = join(sandbox.folder, 'elsewhere');
    writeFileSync(file, JSON.stringify(plain));
    expect(await gen('-u', file)).toMatchObject(updated);
    writeFileSync(file, '{"name": broken');
    expect(await gen('-u', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('could not parse json'),
    });
    expect(readFileSync(file, 'utf8')).toBe('{"name": broken');
  });

  it('gives an account another password, also in the agent; Enter keeps the old one', async () => {
    const terminal = new Terminal(sandbox, 'oidc-gen', ['-u', 'wlcg']);
    await terminal.waitFor(/Enter decryption password for account config 'wlcg': $/);
    terminal.type(PASSWORD);
    await terminal.waitFor(/Enter encryption password for account configuration 'wlcg' \[\*\*\*\]: $/);
    terminal.type('another');
    await terminal.waitFor(/Confirm encryption password: $/);
    terminal.type('another');
    expect(await terminal.exit()).toBe(0);
    expect(await loaded()).toEqual(['wlcg']);
    const kept = new Terminal(sandbox, 'oidc-gen', ['-u', 'wlcg']);
    await kept.waitFor(/Enter decryption password.*: $/);
    kept.type('another');
    await kept.waitFor(/\[\*\*\*\]: $/);
    kept.type('');
    expect(await kept.exit()).toBe(0);
    const env = { OLD: 'another', ...withPassword.env };
    expect((await sandbox.run('oidc-gen', ['-p', 'wlcg', '--pw-env=OLD'], { env })).code).toBe(0);
    // Back to the password of the other tests.
    const back = new Terminal(sandbox, 'oidc-gen', ['-u', 'wlcg']);
    await back.waitFor(/Enter decryption password.*: $/);
    back.type('another');
    for (const question of [/\[\*\*\*\]: $/, /Confirm.*: $/]) {
      await back.waitFor(question);
      back.type(PASSWORD);
    }
    expect(await back.exit()).toBe(0);
  });

  it('makes a file of before 2.1.0 one of today', async () => {
    writeFileSync(path('old'), hexFile);
    const env = { OIDC_ENCRYPTION_PW: 'geheim' };
    expect(await sandbox.run('oidc-gen', ['-u', 'old', '--pw-env'], { env })).toMatchObject(updated);
    expect(readFileSync(path('old'), 'utf8').split('\n')).toHaveLength(7);
    const printed = await sandbox.run('oidc-gen', ['-p', 'old', '--pw-env'], { env });
    expect(printed.stdout).toBe('{"name":"x"}\n');
  });

  it.skipIf(!hasDebianSuite)('what it writes the C suite reads (needs oidc-agent-cli)', async () => {
    const { stdout } = await sandbox.run('oidc-gen', ['-p', 'plain', '--pw-env'], {
      ...withPassword,
      suite: 'c',
    });
    expect(JSON.parse(stdout)).toEqual(plain);
  });
});

const noGpg = spawnSync('gpg', ['--version']).status !== 0;
describe.skipIf(noGpg)('GPG keys instead of a password (needs gpg)', () => {
  const home = join(sandbox.folder, 'gnupg');
  const env = { GNUPGHOME: home };
  beforeAll(() => {
    mkdirSync(home, { mode: 0o700 });
    const key = 'Key-Type: EDDSA\nKey-Curve: ed25519\nSubkey-Type: ECDH\nSubkey-Curve: cv25519';
    execFileSync('gpg', ['--batch', '--quiet', '--generate-key'], {
      input: `%no-protection\n${key}\nName-Email: me@example\nExpire-Date: 0\n%commit\n`,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    return () => void spawnSync('gpgconf', ['--kill', 'all'], { env: { ...process.env, ...env } });
  });
  const run = (...args: string[]) => sandbox.run('oidc-gen', ['--prompt=none', ...args], { env });
  const armored = (name: string) =>
    readFileSync(path(name), 'utf8').startsWith('-----BEGIN PGP MESSAGE-----');

  it('--pw-gpg makes an account that needs no password', async () => {
    const client = ['--client-id=device-code-client', '--client-secret=secret'];
    const args = [
      '-w',
      'device',
      '--iss',
      iam.issuer,
      '--scope=openid',
      ...client,
      '--pw-gpg=me@example',
      'gpg',
    ];
    const { code, stderr } = await run(...args);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(armored('gpg')).toBe(true);
    expect((await sandbox.run('oidc-token', ['gpg'])).code).toBe(0);
    expect(JSON.parse((await run('-p', 'gpg')).stdout)).toMatchObject({ name: 'gpg' });
  });

  it('-u leaves it encrypted to its key, --rename as well', async () => {
    const before = readFileSync(path('gpg'), 'utf8');
    expect(await run('-u', 'gpg')).toMatchObject({ code: 0 });
    expect(armored('gpg')).toBe(true);
    expect(readFileSync(path('gpg'), 'utf8')).not.toBe(before);
    expect(await run('--rename', 'gpg2', 'gpg')).toMatchObject({ code: 0 });
    expect(armored('gpg2')).toBe(true);
  });

  it('-u goes from GPG to a password and back', async () => {
    const both = { ...env, ...withPassword.env };
    expect(await sandbox.run('oidc-gen', ['-u', 'gpg2', '--pw-env'], { env: both })).toMatchObject({
      code: 0,
    });
    expect((await readAccount(sandbox, 'gpg2')).name).toBe('gpg2');
    const back = await sandbox.run('oidc-gen', ['-u', 'gpg2', '--pw-env', '--gpg=me@example'], { env: both });
    expect(back).toMatchObject({ code: 0 });
    expect(armored('gpg2')).toBe(true);
  });

  it('default_gpg_key of the file config counts where no option gives a password', async () => {
    writeFileSync(path('config'), JSON.stringify({ 'oidc-gen': { default_gpg_key: 'me@example' } }));
    writeFileSync(path('byconfig'), '{"name":"byconfig","issuer_url":"https://i.example/","client_id":"c"}');
    expect(await run('-u', 'byconfig')).toMatchObject({ code: 0 });
    expect(armored('byconfig')).toBe(true);
    writeFileSync(path('config'), '{}');
  });

  it('an unknown key is an error, and the file stays as it was', async () => {
    const before = readFileSync(path('byconfig'), 'utf8');
    const outcome = await run('-u', 'byconfig', '--pw-gpg=nobody@example');
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining('gpg could not encrypt') });
    expect(readFileSync(path('byconfig'), 'utf8')).toBe(before);
  });
});

describe('--reauthenticate', () => {
  it('adds at the issuer what the client lacks for another flow, and keeps the account', async () => {
    const before = await readAccount(sandbox, 'wlcg');
    const args = ['--reauthenticate', '-w', 'code', '--port=43210', '--no-webserver', '--no-scheme', 'wlcg'];
    const begun = await gen(...args);
    expect(begun).toMatchObject({ code: 0, stdout: expect.stringContaining('Updating Client ...') });
    const [, url = ''] = /of your choice:\n(http\S+)/.exec(begun.stderr) ?? [];
    expect(new URL(url).searchParams.get('redirect_uri')).toBe('http://localhost:43210');
    const answer = await fetch(url, { redirect: 'manual' });
    const finished = await gen('--codeExchange', answer.headers.get('location') ?? '');
    expect(finished).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Everything setup correctly!'),
    });
    const after = await readAccount(sandbox, 'wlcg');
    expect(after).toMatchObject({ client_id: before.client_id, redirect_uris: ['http://localhost:43210'] });
    expect(after.refresh_token?.reveal()).not.toBe(before.refresh_token?.reveal());
    expect(after.others?.grant_types).toEqual(expect.arrayContaining(['authorization_code']));
    expect((await sandbox.run('oidc-token', ['-f', 'wlcg'])).code).toBe(0);
  });

  it('says what the client lacks when the issuer does not allow it', async () => {
    const issuer = await startIssuer({ '/token': tokens('at', { refresh_token: 'rt' }) });
    const made = await gen('-w', 'device', '--prompt=none', '--iss', issuer.url, '--scope=openid', 'fixed');
    expect(made).toMatchObject({ code: 0 });
    const { stderr, code } = await gen('--reauthenticate', '-w', 'code', '--no-webserver', 'fixed');
    expect(code).not.toBe(0);
    expect(stderr).toContain('hint: the client of this account lacks: authorization_code');
    expect(deletedClients(issuer)).toBe(0);
    expect((await sandbox.run('oidc-token', ['fixed'])).stdout).toBe('at\n');
  });
});

it('-d revokes the refresh token that is in the file when the user agrees, not the one of before', async () => {
  const issuer = await startIssuer({ '/revoke': {} });
  const account = { name: 'rotated', issuer_url: issuer.url };
  await writeAccount(sandbox, account);
  const terminal = new Terminal(sandbox, 'oidc-gen', ['-d', '--pw-env', 'rotated'], withPassword);
  await terminal.waitFor(/Delete the account 'rotated'/);
  await writeAccount(sandbox, { ...account, refresh_token: 'second refresh token' });
  terminal.press('y\r');
  expect(await terminal.exit()).toBe(0);
  const revoked = issuer.requests.filter(({ path: endpoint }) => endpoint === '/revoke');
  expect(revoked.map(({ form }) => form.token)).toEqual(['second refresh token']);
});

it('--prompt=none leaves the question for the password of the file, which is for --pw-prompt', async () => {
  await writeAccount(sandbox, { name: 'quiet', issuer_url: iam.issuer });
  const terminal = new Terminal(sandbox, 'oidc-gen', ['--prompt=none', '-p', 'quiet']);
  await terminal.waitFor(/password.*: /);
  terminal.press(`${PASSWORD}\r`);
  await terminal.waitFor(/"name":\s*"quiet"/);
  const mute = new Terminal(sandbox, 'oidc-gen', ['--pw-prompt=none', '-p', 'quiet']);
  expect(await mute.exit()).not.toBe(0);
});
