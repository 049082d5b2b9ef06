/** The password of a new account: if oidc-gen cannot get it, it says so before the user logs in. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { Terminal } from '../support/user/terminal.ts';

const sandbox = new Sandbox();
let iam: RunningIam;

beforeAll(async () => {
  iam = await startIam(sandbox);
  await startAgent(sandbox);
});
afterAll(() => sandbox.close());

const file = (name: string) => join(sandbox.folder, name);
const scope = '--scope=openid';

describe('oidc-gen reports a password source that gives no password, before it sends anything to the issuer', () => {
  it.each([
    ['--pw-file', () => file('gone'), 'could not read the password file'],
    ['--pw-cmd', () => 'exit 3', 'the password command failed with exit status 3'],
    ['--pw-gpg', () => 'nobody@example.org', 'gpg'],
  ])('%s', async (option, value, message) => {
    const issuer = await startIssuer({ '/token': tokens('at', { refresh_token: 'rt' }) });
    const args = ['-w', 'device', '--iss', issuer.url, scope, `${option}=${value()}`, 'wlcg'];
    const { stderr, code } = await sandbox.run('oidc-gen', args);
    expect(stderr).toContain(`Error: ${message}`);
    expect(stderr).toContain('hint: ');
    expect(code).toBe(1);
    expect(issuer.requests).toEqual([]);
  });

  it('an empty file is no password either: oidc-gen asks the user at once', async () => {
    const issuer = await startIssuer({ '/token': tokens('at', { refresh_token: 'rt' }) });
    writeFileSync(file('empty'), '\n');
    const args = ['-w', 'device', '--iss', issuer.url, scope, `--pw-file=${file('empty')}`, 'empty'];
    const terminal = new Terminal(sandbox, 'oidc-gen', args);
    await terminal.waitFor(/Enter encryption password .*: $/);
    expect(issuer.requests).toEqual([]);
    terminal.type(PASSWORD);
    await terminal.waitFor(/Confirm encryption password: $/);
    terminal.type(PASSWORD);
    await terminal.waitFor(/Everything setup correctly!/);
    expect(await terminal.exit()).toBe(0);
    expect(await readAccount(sandbox, 'empty')).toMatchObject({ name: 'empty' });
  });
});

it('a command is run once, and its password counts', async () => {
  const command = `echo run >> ${file('runs')}; echo '${PASSWORD}'`;
  const args = ['-w', 'device', '--iss', iam.issuer, scope, `--pw-cmd=${command}`, 'once'];
  expect(await sandbox.run('oidc-gen', args)).toMatchObject({ code: 0 });
  expect(readFileSync(file('runs'), 'utf8')).toBe('run\n');
  expect(await readAccount(sandbox, 'once')).toMatchObject({ name: 'once' });
});

describe('--codeExchange', () => {
  /** Begins a login; gives the address at which its browser ends. */
  async function begin(...args: string[]): Promise<string> {
    const quiet = ['-w', 'code', '--no-webserver', '--no-scheme', '--pw-env', '--confirm-yes'];
    const { stderr } = await sandbox.run('oidc-gen', [...quiet, ...args], withPassword);
    const [, url = ''] = /of your choice:\n(http\S+)/.exec(stderr) ?? [];
    return (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
  }
  const hidden = () => readdirSync(sandbox.accounts).filter((name) => name.startsWith('.'));

  it('does not use up the login while there is no password', async () => {
    const address = await begin('--iss', iam.issuer, scope, 'later');
    expect(
      await sandbox.run('oidc-gen', ['--codeExchange', address, `--pw-file=${file('gone')}`]),
    ).toMatchObject({ code: 1, stderr: expect.stringContaining('could not read the password file') });
    expect(
      await sandbox.run('oidc-gen', ['--codeExchange', address, '--pw-env'], withPassword),
    ).toMatchObject({ code: 0 });
    expect(await readAccount(sandbox, 'later')).toMatchObject({ name: 'later' });
  });

  it('after --reauthenticate asks for no password: the account keeps the one that it has', async () => {
    const first = await begin('--iss', iam.issuer, scope, 'again');
    await sandbox.run('oidc-gen', ['--codeExchange', first, '--pw-env'], withPassword);
    const before = await readAccount(sandbox, 'again');
    const address = await begin('--reauthenticate', 'again');
    const done = await sandbox.run('oidc-gen', ['--codeExchange', address]);
    expect(done).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('Everything setup correctly!'),
    });
    const after = await readAccount(sandbox, 'again');
    expect(after.client_id).toBe(before.client_id);
    expect(after.refresh_token?.reveal()).not.toBe(before.refresh_token?.reveal());
    expect(hidden()).toEqual([]);
  });

  it('after --reauthenticate takes the new password of a file that got another one meanwhile', async () => {
    const address = await begin('--reauthenticate', 'again');
    const terminal = new Terminal(sandbox, 'oidc-gen', ['-u', 'again']);
    await terminal.waitFor(/Enter decryption password .*: $/);
    terminal.type(PASSWORD);
    await terminal.waitFor(/Enter encryption password .*: $/);
    terminal.type('another');
    await terminal.waitFor(/Confirm encryption password: $/);
    terminal.type('another');
    expect(await terminal.exit()).toBe(0);
    const exchange = (password: string) =>
      sandbox.run('oidc-gen', ['--codeExchange', address, '--pw-env'], {
        env: { OIDC_ENCRYPTION_PW: password },
      });
    expect(await exchange(PASSWORD)).toMatchObject({ code: 77 });
    expect(await exchange('another')).toMatchObject({ code: 0 });
    rmSync(join(sandbox.accounts, 'again'));
  });
});
