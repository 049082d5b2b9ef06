/** The first login of a user who knows only the word `jeton`: questions, a browser, and what comes next. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';
import { Terminal } from '../support/user/terminal.ts';

const hasKernelKeyring = spawnSync('keyctl', ['show', '@u']).status === 0;
const sandbox = new Sandbox();
let iam: RunningIam;
beforeAll(async () => {
  iam = await startIam(sandbox);
});
afterAll(() => sandbox.close());

const atTerminal = (...args: string[]) => new Terminal(sandbox, 'jeton', args, { rows: 24 });

describe('without an agent and without accounts', () => {
  it('a user who stops at the first question leaves no agent behind', async () => {
    const terminal = atTerminal();
    await terminal.waitFor(/^No account yet\. Log in at an issuer \(Ctrl-C stops\):\n/);
    await terminal.waitFor(/and \d+ more; type to search/);
    terminal.press('\u0003');
    expect(await terminal.exit()).not.toBe(0);
    const { stderr, code } = await sandbox.run('oidc-add', ['-a']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('Could not connect to oidc-agent');
  });

  it('jeton starts an agent, asks, logs in, and says who is logged in and what comes next', async () => {
    const terminal = atTerminal();
    await terminal.waitFor(/\n> https:\/\//);
    await terminal.waitFor(/Enter to take/);
    // Port 1: nothing listens there.
    terminal.type('localhost:1');
    await terminal.waitFor(/Error: .*localhost:1/);
    await terminal.waitFor(/Enter to take/);
    terminal.type('localhst:1');
    await terminal.waitFor(/Error: .*localhst:1/);
    await terminal.waitFor(/Enter to take/);
    terminal.type(iam.issuer.replace('http://', ''));
    await terminal.waitFor(/Short name for the account \[local\]: $/);
    terminal.type('../up');
    await terminal.waitFor(/not an account short name.*Short name for the account \[local\]: $/s);
    terminal.type('');
    await terminal.waitFor(
      /lists these scopes: .*Scopes, or 'max' for all \[openid profile .*storage\.read:\/.*\]: $/s,
    );
    terminal.type('openid offline_access storage.raed:/');
    await terminal.waitFor(
      /did you mean storage\.read:\/\?\n.*\[openid offline_access storage\.read:\/\]: $/s,
    );
    terminal.type('openid profile offline_access storage.read:/');
    if (hasKernelKeyring) {
      await terminal.waitFor(/The account is encrypted with: \n> a password that you type.*Enter to take/s);
      terminal.type('');
    }
    await terminal.waitFor(/enter the code: \S+/);
    await terminal.waitFor(/Enter encryption password for account configuration 'local': $/);
    terminal.type('correct horse');
    await terminal.waitFor(/Confirm encryption password: $/);
    terminal.type('correct horse');
    await terminal.waitFor(/Everything setup correctly!/);
    const [, user, issuer] = await terminal.waitFor(/\n(.*) is logged in at (\S+) \(account local\)\./);
    expect([user, issuer]).toEqual(['Test User (test)', iam.issuer]);
    await terminal.waitFor(
      /\nAccess token valid until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d; the agent renews it\.\n/,
    );
    await terminal.waitFor(
      /\nNext:\n {2}oidc-token local .*\n {2}oidc-token local \| jeton inspect .*\n {2}jeton .*\n/,
    );
    const [, socket = ''] = await terminal.waitFor(/export OIDC_SOCK=(\S+)\n/);
    expect(await terminal.exit()).toBe(0);
    expect(existsSync(socket)).toBe(true);
    const token = await sandbox.run('oidc-token', ['local'], { env: { OIDC_SOCK: socket } });
    expect(token).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('with an account', () => {
  it('jeton shows it, and what can be done', async () => {
    const terminal = atTerminal();
    const line = `  local  ${iam.issuer}  loaded, access token until`;
    await terminal.waitFor(/oidc-gen -d local/);
    expect(await terminal.exit()).toBe(0);
    expect(terminal.screen).toContain(line);
    for (const command of ['oidc-token local', 'jeton login local', 'jeton login ', 'jeton --help'])
      expect(terminal.screen).toContain(`\n  ${command}`);
  });

  it('jeton shows an account that is not loaded, with the issuer of issuer.config', async () => {
    await sandbox.run('oidc-add', ['-r', 'local']);
    const terminal = atTerminal();
    expect(await terminal.exit()).toBe(0);
    expect(terminal.screen).toContain(`  local  ${iam.issuer}  not loaded: oidc-add local\n`);
  });

  it('jeton says that no agent runs, and how to start one', async () => {
    const terminal = new Terminal(sandbox, 'jeton', [], { env: { OIDC_SOCK: join(sandbox.folder, 'none') } });
    expect(await terminal.exit()).toBe(0);
    expect(terminal.screen).toContain(`  local  ${iam.issuer}  no agent runs\n`);
    expect(terminal.screen).toMatch(
      /^You have these accounts:\n.*\nNext:\n {2}eval \$\(oidc-agent\) .*\n {2}oidc-add local .*\n {2}oidc-token local /s,
    );
  });

  it('an account or logout in place of a command: says which command it is', async () => {
    const account = await sandbox.run('jeton', ['local']);
    expect(account.stderr).toContain("hint: 'local' is an account. Log in again: jeton login local\n");
    const logout = await sandbox.run('jeton', ['logout']);
    expect(logout.stderr).toContain('hint: log out: oidc-gen -d NAME');
  });

  it('jeton login NAME logs in again', async () => {
    const terminal = atTerminal('login', 'local');
    await terminal.waitFor(/Enter decryption password for account config 'local': $/);
    terminal.type('correct horse');
    await terminal.waitFor(/Test User \(test\) is logged in/);
    expect(await terminal.exit()).toBe(0);
    expect((await sandbox.run('oidc-add', ['-a'])).stdout).toBe('local\n');
  });

  it('jeton login takes answers from options, and suggests a name that is free', async () => {
    const terminal = atTerminal('login', '--iss', iam.issuer, '--scope=openid', '--pw-cmd=echo pw');
    await terminal.waitFor(/Short name for the account \[local2\]: $/);
    terminal.type('local');
    await terminal.waitFor(/log in again with: jeton login local\nShort name for the account \[local2\]: $/);
    terminal.type('');
    await terminal.waitFor(/is logged in at .* \(account local2\)/);
    expect(await terminal.exit()).toBe(0);
    expect(existsSync(join(sandbox.accounts, 'local2'))).toBe(true);
  });
});

describe('without a terminal', () => {
  it('jeton prints its usage, and jeton login names what is missing', async () => {
    expect(await sandbox.run('jeton', [])).toMatchObject({ code: 64, stdout: '' });
    expect(await sandbox.run('jeton', ['login', 'wlcg', '--pw-cmd=echo pw'])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("pass issuer url to the '--issuer' option"),
    });
  });
});
