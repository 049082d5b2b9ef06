/** How accounts are loaded: what the options and the file `config` change about it. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAccount, writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { refusal, startIssuer, tokens } from '../support/servers/scripted-issuer.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

const load = (...args: string[]) => sandbox.run('oidc-add', ['--pw-env', ...args, 'wlcg'], withPassword);
const configure = (config: object) => writeFileSync(join(sandbox.accounts, 'config'), JSON.stringify(config));

describe('an account whose issuer gives no tokens at the moment', () => {
  beforeEach(async () => {
    const { metadata } = await startIssuer({ '/token': refusal('temporarily_unavailable', 503) });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    await startAgent(sandbox);
  });

  it('is loaded with --skip-check only', async () => {
    expect(await load()).toMatchObject({ stdout: '', code: 75 });
    expect(await load('--skip-check')).toMatchObject({ stdout: 'success\n', code: 0 });
  });

  it('is loaded when the file config says so', async () => {
    configure({ 'oidc-add': { 'skip-check': true } });
    expect(await load()).toMatchObject({ stdout: 'success\n', code: 0 });
  });
});

it('an account that is loaded is left alone, unless --force says to ask the agent for a new lifetime', async () => {
  const { metadata } = await startIssuer({ '/token': tokens('token') });
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
  await startAgent(sandbox);
  expect(await load()).toMatchObject({ stdout: 'success\n', stderr: '', code: 0 });
  expect(await load('-t', '60')).toMatchObject({ stdout: "Account 'wlcg' already loaded\n", code: 0 });
  expect(await load('-f', '-t', '60')).toMatchObject({
    stdout: 'success\n',
    stderr: expect.stringMatching(/^account already loaded. Lifetime set to 60 seconds\./),
    code: 0,
  });
});

it('--json lists accounts, and reports errors, for programs', async () => {
  const { metadata } = await startIssuer({ '/token': tokens('token') });
  await writeAccount(sandbox, { name: 'egi', issuer_url: metadata.issuer });
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
  const list = async (option: string) => {
    const { stdout, stderr, code } = await sandbox.run('oidc-add', [option, '--json']);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    return JSON.parse(stdout);
  };
  const egi = { name: 'egi', loaded: false };
  expect(await list('-l')).toEqual({ accounts: [egi, { name: 'wlcg', loaded: false }] });

  await startAgent(sandbox);
  await load('-t', '600');
  const { issuer } = metadata;
  const wlcg = { name: 'wlcg', loaded: true, issuer, unloaded_at: expect.any(Number) };
  expect(await list('-l')).toEqual({ accounts: [egi, wlcg] });
  expect(await list('-a')).toEqual({ accounts: [wlcg] });

  const { stdout, stderr, code } = await sandbox.run('oidc-add', ['-a', '--json', '--remote']);
  expect({ stdout, code }).toEqual({ stdout: '', code: 69 });
  expect(JSON.parse(stderr)).toEqual({
    error: expect.stringContaining('OIDC_REMOTE_SOCK'),
    kind: 'unreachable',
    hints: ['name the other computer: export OIDC_REMOTE_SOCK=HOST or HOST:PORT'],
    exit_code: 69,
  });
  expect(await sandbox.run('oidc-add', ['--json', 'wlcg'])).toMatchObject({ stdout: '', code: 64 });
});

it.each([
  ['-g', ['-g']],
  ['debug_logging of the file config', []],
])('%s tells each request to the agent', async (_name, args) => {
  if (args.length === 0) configure({ 'oidc-add': { debug_logging: true } });
  const { metadata } = await startIssuer({ '/token': refusal('invalid_grant') });
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
  await startAgent(sandbox);
  const { stderr } = await load(...args);
  expect(stderr).toMatch(
    /^loaded_accounts: success, \d+ ms\nstatus_json: success, \d+ ms\nadd: invalid_grant.*, \d+ ms\nError: /,
  );
});

it('-v shows the account that the agent gets, without its secrets', async () => {
  const { metadata } = await startIssuer({ '/token': tokens('token') });
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer, client_secret: 'secret' });
  await startAgent(sandbox);
  const { stderr } = await load('-v');
  const [first, ...account] = stderr.trimEnd().split('\n');
  expect(first).toBe('The agent gets this account:');
  expect(JSON.parse(account.join('\n'))).toMatchObject({
    name: 'wlcg',
    client_secret: '[secret]',
    refresh_token: '[secret]',
  });
});

describe.skipIf(!hasDebianSuite)('the C agent (needs oidc-agent-cli)', () => {
  /** Loads the account with a password that is nowhere any more when the refresh token is replaced. */
  async function refreshTokenAfterRotation(...args: string[]): Promise<string | undefined> {
    const { metadata } = await startIssuer({
      '/token': [tokens('first'), tokens('second', { refresh_token: 'rotated refresh token' })],
    });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    await startAgent(sandbox, { suite: 'c' });
    const file = join(sandbox.folder, 'password');
    writeFileSync(file, PASSWORD);
    const added = await sandbox.run('oidc-add', [`--pw-file=${file}`, ...args, 'wlcg']);
    expect(added).toMatchObject({ stdout: 'success\n', code: 0 });
    rmSync(file);
    expect(await sandbox.run('oidc-token', ['-f', 'wlcg'])).toMatchObject({ stdout: 'second\n', code: 0 });
    return (await readAccount(sandbox, 'wlcg')).refresh_token?.reveal();
  }

  it('saves a new refresh token with the password that --pw-store hands over', async () => {
    expect(await refreshTokenAfterRotation('--pw-store=600')).toBe('rotated refresh token');
  });

  it('has that password also when the file config says so', async () => {
    configure({ 'oidc-add': { 'store-pw': true } });
    expect(await refreshTokenAfterRotation()).toBe('rotated refresh token');
  });

  it('cannot save it without', async () => {
    expect(await refreshTokenAfterRotation()).toBe('first refresh token');
  });
});
