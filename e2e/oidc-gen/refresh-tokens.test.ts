/** The refresh token is the one thing that a user cannot get again without a login: how it is used, kept and replaced. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountToJson } from '../../packages/agent/src/accounts/account.ts';
import { deferred } from '../../packages/agent/test/deferred.ts';
import { readAccount, writeAccount } from '../support/agent/account-files.ts';
import { generateAccount, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { type Outcome, Sandbox } from '../support/computer/sandbox.ts';
import { mountSmallDisk, type SmallDisk } from '../support/computer/small-disk.ts';
import { startIam } from '../support/servers/iam.ts';
import { deletedClients, refusal, startIssuer, tokens } from '../support/servers/scripted-issuer.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = new Sandbox();
  await startAgent(sandbox);
});
afterEach(() => sandbox.close());

const load = (name: string) => sandbox.run('oidc-add', ['--pw-env', name], withPassword);
const refreshTokenOnDisk = async () => (await readAccount(sandbox, 'wlcg')).refresh_token?.reveal();

/** Asks for tokens until the agent warns no more: a save may take longer than a token that is ready waits for it. */
async function askUntilSaved(): Promise<Outcome> {
  let outcome = await sandbox.run('oidc-token', ['wlcg']);
  while (outcome.stderr.includes('is not on disk yet')) outcome = await sandbox.run('oidc-token', ['wlcg']);
  expect(outcome.stderr).toBe('');
  return outcome;
}

describe('a dead refresh token', () => {
  it('at IAM: the error names the command that helps, and that command helps', async () => {
    const iam = await startIam(sandbox);
    expect(await generateAccount(sandbox, 'wlcg', iam)).toMatchObject({ code: 0 });
    const { client_id, client_secret, refresh_token } = await readAccount(sandbox, 'wlcg');
    const credentials = Buffer.from(`${client_id}:${client_secret?.reveal()}`).toString('base64');
    const revoked = await fetch(`${iam.issuer}revoke`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams({ token: refresh_token?.reveal() ?? '' }),
    });
    expect(revoked.status).toBe(200);

    const refused = await sandbox.run('oidc-token', ['-f', 'wlcg']);
    expect([refused.stdout, refused.code]).toEqual(['', 77]);
    const [, command = ''] =
      /^Error: invalid_token.*\nhint: the refresh token has expired or was revoked; log in again: (.*)\n$/.exec(
        refused.stderr,
      ) ?? [];
    expect(command).toBe('oidc-gen --reauthenticate -w device wlcg');

    const [program = '', ...args] = command.split(' ');
    const again = await sandbox.run(program, ['--pw-env', '--prompt=none', ...args], withPassword);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toMatch(/Everything setup correctly!\n$/);
    expect(await sandbox.run('oidc-token', ['-f', 'wlcg'])).toMatchObject({ stderr: '', code: 0 });
    const renewed = await readAccount(sandbox, 'wlcg');
    expect(renewed.client_id).toBe(client_id);
    expect(renewed.refresh_token?.reveal()).not.toBe(refresh_token?.reveal());
  });

  it('is reported when the account is loaded, too, and the account is not loaded then', async () => {
    const { metadata } = await startIssuer({ '/token': refusal('invalid_grant') });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    const { stdout, stderr, code } = await load('wlcg');
    expect([stdout, code]).toEqual(['', 77]);
    expect(stderr).toMatch(/^Error: invalid_grant\nhint: .*oidc-gen --reauthenticate -w device wlcg\n$/);
    expect(await sandbox.run('oidc-add', ['-a'])).toMatchObject({ stdout: '' });
  });

  it('because the client is gone: the error names the other command, which helps', async () => {
    const { metadata } = await startIssuer({ '/token': refusal('invalid_client', 401) });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    const { stderr, code } = await load('wlcg');
    expect(stderr).toMatch(
      /^Error: invalid_client\nhint: .*create the account again: oidc-gen --confirm-yes -w device --iss=\S+ wlcg\n$/,
    );
    expect(code).toBe(1);
  });
});

describe('a new login', () => {
  it('is what stays on disk, also when the agent is about to save a refresh token of the old one', async () => {
    const asked = deferred<() => void>();
    const { metadata } = await startIssuer({
      '/token': [
        tokens('loaded'),
        (_request, response) =>
          asked.resolve(() =>
            response.end(
              JSON.stringify({ access_token: 'old', expires_in: 3600, refresh_token: 'of the old login' }),
            ),
          ),
        tokens('new', { refresh_token: 'of the new login' }),
      ],
    });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    expect(await load('wlcg')).toMatchObject({ code: 0 });
    const refreshing = sandbox.run('oidc-token', ['-f', 'wlcg']);
    const answer = await asked.promise;
    const login = sandbox.run('oidc-gen', ['--reauthenticate', '--pw-env', 'wlcg'], withPassword);
    // The agent was asked to forget the account, and waits for the issuer.
    while ((await sandbox.run('oidc-add', ['-a'])).stdout !== '');
    answer();
    expect(await refreshing).toMatchObject({ stdout: 'old\n', code: 0 });
    expect(await login).toMatchObject({ code: 0 });
    expect(await refreshTokenOnDisk()).toBe('of the new login');
  });
});

describe('an issuer in trouble', () => {
  it.each([
    ['that answers 503', { status: 503 }, /^Error: Received Http Status Code 503\n/, 75],
    [
      'that does not answer',
      undefined,
      /^Error: could not connect to url: .*: connection refused\nhint: /,
      69,
    ],
  ])('%s does not cost the account', async (_name, answer, error, exitCode) => {
    const issuer = await startIssuer({ '/token': [tokens('one'), answer ?? tokens('none'), tokens('two')] });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.metadata.issuer });
    if (answer === undefined)
      await writeAccount(sandbox, { name: 'wlcg', issuer_url: 'http://127.0.0.1:1/' });
    const { stderr, code } = answer === undefined ? await load('wlcg') : await loadThenForce();
    expect(stderr).toMatch(error);
    expect(code).toBe(exitCode);
    expect(await refreshTokenOnDisk()).toBe('first refresh token');
  });

  async function loadThenForce() {
    expect(await load('wlcg')).toMatchObject({ code: 0 });
    const outcome = await sandbox.run('oidc-token', ['-f', 'wlcg']);
    // The token that there was is still there.
    expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({ stdout: 'one\n', code: 0 });
    return outcome;
  }

  it('delays no client that asks for a token of another issuer', async () => {
    const asked = deferred<() => void>();
    const stuck = await startIssuer({
      '/token': (_request, response) =>
        asked.resolve(() => response.end(JSON.stringify({ access_token: 'slow' }))),
    });
    const quick = await startIssuer({ '/token': tokens('quick') });
    await writeAccount(sandbox, { name: 'stuck', issuer_url: stuck.metadata.issuer });
    await writeAccount(sandbox, { name: 'quick', issuer_url: quick.metadata.issuer });
    const loading = load('stuck');
    const answer = await asked.promise;
    expect(await load('quick')).toMatchObject({ code: 0 });
    expect(await sandbox.run('oidc-token', ['-f', 'quick'])).toMatchObject({ stdout: 'quick\n' });
    answer();
    expect(await loading).toMatchObject({ code: 0 });
  });
});

describe('an issuer that replaces the refresh token at every use', () => {
  it('finds its newest one on disk before any client has the access token', async () => {
    let used = 0;
    const { metadata, requests } = await startIssuer({
      '/token': (_request, response) => {
        used += 1;
        response.end(
          JSON.stringify({ access_token: `at-${used}`, expires_in: 3600, refresh_token: `rt ${used}` }),
        );
      },
    });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    expect(await load('wlcg')).toMatchObject({ code: 0 });
    expect(await refreshTokenOnDisk()).toBe('rt 1');
    for (const round of [2, 3]) {
      const token = sandbox.spawn('oidc-token', ['-f', 'wlcg']);
      const [onDisk] = await Promise.all([
        new Promise((resolve) => token.stdout?.once('data', () => resolve(refreshTokenOnDisk()))),
        new Promise((resolve) => token.once('close', resolve)),
      ]);
      expect(onDisk).toBe(`rt ${round}`);
    }
    const sent = requests.filter(({ path }) => path === '/token').map(({ form }) => form.refresh_token);
    expect(sent).toEqual(['first refresh token', 'rt 1', 'rt 2']);
  });

  it('gets each one once, also when two programs load the account at the same moment', async () => {
    const { metadata, requests } = await startIssuer({
      '/token': tokens('token', { refresh_token: 'second refresh token' }),
    });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    // What oidc-add sends once it has seen that the agent does not hold the account.
    const request = {
      request: 'add',
      config: accountToJson(await readAccount(sandbox, 'wlcg')),
    };
    const { OIDC_SOCK: socketPath } = sandbox.env;
    const answers = await Promise.all([1, 2].map(() => exchange(request, { socketPath })));
    expect(answers.filter(({ info }) => info === 'account already loaded.')).toHaveLength(1);
    expect(requests.filter(({ path }) => path === '/token')).toHaveLength(1);
  });

  it('gets each one once, however many want a token', async () => {
    let used = 0;
    const { metadata, requests } = await startIssuer({
      '/token': (_request, response) => {
        used += 1;
        response.end(
          JSON.stringify({ access_token: `at-${used}`, expires_in: 3600, refresh_token: `rt ${used}` }),
        );
      },
    });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    expect(await load('wlcg')).toMatchObject({ code: 0 });
    const scopes = ['a', 'b', 'a b', 'b a'];
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        sandbox.run('oidc-token', ['-s', scopes[index % 4] ?? '', 'wlcg']),
      ),
    );
    expect(outcomes.map(({ code }) => code)).toEqual(Array(12).fill(0));
    const sent = requests.filter(({ path }) => path === '/token').map(({ form }) => form.refresh_token);
    expect(new Set(sent).size).toBe(sent.length);
    expect(sent).toHaveLength(4);
  });
});

describe('a full disk (as root only: it mounts one)', () => {
  let disk: SmallDisk | undefined;
  beforeEach((context) => {
    disk = mountSmallDisk(sandbox);
    context.skip(disk === undefined, 'this user may not mount');
  });

  it('costs no token and no account; clients get a warning, and the file is saved as soon as there is room', async () => {
    const { metadata } = await startIssuer({
      '/token': [
        tokens('one'),
        tokens('two', { refresh_token: 'second refresh token' }),
        tokens('three', { refresh_token: 'third refresh token' }),
      ],
    });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    expect(await load('wlcg')).toMatchObject({ stdout: 'success\n', code: 0 });
    const file = join(sandbox.accounts, 'wlcg');
    const before = readFileSync(file, 'utf8');
    disk?.fill();

    const warning = new RegExp(
      `^warning: the new refresh token of 'wlcg' is not on disk yet: could not save the account file '${file}': no space left on device \\(ENOSPC\\)\\nhint: the old file is unchanged; free some space and try again\\nhint: the agent holds it`,
    );
    for (const [args, token] of [
      [['-f', 'wlcg'], 'two\n'],
      [['wlcg'], 'two\n'],
      [['-f', 'wlcg'], 'three\n'],
    ] as const) {
      const outcome = await sandbox.run('oidc-token', args);
      expect(outcome).toMatchObject({ stdout: token, code: 0 });
      expect(outcome.stderr).toMatch(warning);
      expect(readFileSync(file, 'utf8')).toBe(before);
      // The lock keeps other agents from the refresh token on disk, which is used up.
      const names = readdirSync(sandbox.accounts).filter((name) => name !== 'issuer.config');
      expect(names.sort()).toEqual(['.filler', '.wlcg.lock', 'wlcg']);
    }

    disk?.makeRoom();
    expect(await askUntilSaved()).toMatchObject({ stdout: 'three\n', code: 0 });
    expect(await refreshTokenOnDisk()).toBe('third refresh token');
  });

  it('is made good also when the agent ends', async () => {
    const { metadata } = await startIssuer({
      '/token': [tokens('one'), tokens('two', { refresh_token: 'second refresh token' })],
    });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    expect(await load('wlcg')).toMatchObject({ code: 0 });
    disk?.fill();
    expect(await sandbox.run('oidc-token', ['-f', 'wlcg'])).toMatchObject({ stdout: 'two\n' });
    disk?.makeRoom();
    expect(await sandbox.run('oidc-add', ['-r', 'wlcg'])).toMatchObject({ stdout: 'success\n' });
    expect(await refreshTokenOnDisk()).toBe('second refresh token');
  });

  it('costs no new login that the agent has made for a program, which finds no room for it', async () => {
    const { metadata } = await startIssuer({
      '/token': [tokens('one'), tokens('two', { refresh_token: 'of the new login' }), tokens('three')],
    });
    await writeAccount(sandbox, {
      name: 'wlcg',
      issuer_url: metadata.issuer,
      username: 'somebody',
      password: 'a password',
    });
    expect(await load('wlcg')).toMatchObject({ code: 0 });
    const before = readFileSync(join(sandbox.accounts, 'wlcg'), 'utf8');
    disk?.fill();
    const { OIDC_SOCK: socketPath } = sandbox.env;
    const login = await exchange({ request: 'reauthenticate', account: 'wlcg' }, { socketPath });
    expect(login).toMatchObject({ status: 'success', config: { refresh_token: 'of the new login' } });
    expect(readFileSync(join(sandbox.accounts, 'wlcg'), 'utf8')).toBe(before);
    expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({
      stdout: 'three\n',
      stderr: expect.stringContaining("the new refresh token of 'wlcg' is not on disk yet"),
    });
    expect(await sandbox.run('oidc-add', ['-r', 'wlcg'])).toMatchObject({ stdout: '', code: 1 });
    disk?.makeRoom();
    expect(await askUntilSaved()).toMatchObject({ stdout: 'three\n', code: 0 });
    expect(await refreshTokenOnDisk()).toBe('of the new login');
  });

  it('that fills during the login keeps oidc-gen from making an account: nothing is left behind, not even at the issuer', async () => {
    const issuer = await startIssuer({
      '/token': (_request, response) => {
        disk?.fill();
        response.end(JSON.stringify({ access_token: 'one', refresh_token: 'refresh token' }));
      },
    });
    const args = ['-w', 'device', '--iss', issuer.url, '--scope=max', '--pw-env', '--prompt=none', 'wlcg'];
    const { stderr, code } = await sandbox.run('oidc-gen', args, withPassword);
    expect(stderr).toMatch(
      /\nError: could not save the account file '.*\/wlcg': no space left on device \(ENOSPC\)\nhint: .*\n$/,
    );
    expect(code).toBe(1);
    expect(readdirSync(sandbox.accounts)).toEqual(['.filler']);
    expect(deletedClients(issuer)).toBe(1);
    expect(await sandbox.run('oidc-add', ['-a'])).toMatchObject({ stdout: '' });
  });
});
