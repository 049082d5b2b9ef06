/** Passwords of accounts in a keyring: real programs of Debian, where they are installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';

const hasKernelKeyring = spawnSync('keyctl', ['show', '@u']).status === 0;
const hasDesktopKeyring = ['dbus-run-session', 'gnome-keyring-daemon', 'secret-tool'].every(
  (program) => spawnSync('which', [program]).status === 0,
);

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = new Sandbox();
  const { metadata } = await startIssuer({ '/token': tokens('token') });
  const account = { name: 'kept', issuer_url: metadata.issuer, client_id: 'c', refresh_token: 'r' };
  writeFileSync(join(sandbox.accounts, 'kept'), JSON.stringify(account), { mode: 0o600 });
});
afterEach(() => sandbox.close());

describe.skipIf(!hasKernelKeyring)("the kernel's keyring (needs keyctl)", () => {
  it('lets the agent load the account for a program without a terminal, until the account is deleted', async () => {
    await startAgent(sandbox);
    const env = { OIDC_ENCRYPTION_PW: 'correct horse' };
    const args = ['--pw-env', '--pw-keyring=kernel', '-u', 'kept'];
    expect(await sandbox.run('oidc-gen', args, { env })).toMatchObject({ code: 0 });
    expect(await sandbox.run('oidc-token', ['kept'])).toMatchObject({ stdout: 'token\n', code: 0 });
    expect(await sandbox.run('oidc-gen', ['--rename=other', 'kept'])).toMatchObject({ code: 0 });
    expect((await sandbox.run('oidc-gen', ['-p', 'other'])).stdout).toContain('"refresh_token"');
    expect(await sandbox.run('oidc-gen', ['-d', '--confirm-yes', 'other'])).toMatchObject({ code: 0 });
    const description = `oidc-agent:${join(sandbox.accounts, 'other')}`;
    expect(spawnSync('keyctl', ['search', '@u', 'user', description]).status).not.toBe(0);
  });

  it('oidc-add --pw-keyring keeps the password that opened the account', async () => {
    await startAgent(sandbox);
    const env = { OIDC_ENCRYPTION_PW: 'correct horse' };
    await sandbox.run('oidc-gen', ['--pw-env', '-u', 'kept'], { env });
    const kept = await sandbox.run('oidc-add', ['--pw-env', '--pw-keyring=kernel', 'kept'], { env });
    expect(kept).toMatchObject({ stdout: 'success\n', code: 0 });
    await sandbox.run('oidc-add', ['-R']);
    expect(await sandbox.run('oidc-add', ['kept'])).toMatchObject({
      stdout: 'success\n',
      stderr: '',
      code: 0,
    });
    spawnSync('keyctl', ['purge', 'user', `oidc-agent:${join(sandbox.accounts, 'kept')}`]);
  });
});

describe.skipIf(!hasDesktopKeyring)(
  'the keyring of a desktop (needs dbus-run-session, gnome-keyring-daemon and secret-tool)',
  () => {
    it('keeps a generated password', async () => {
      const script = `
        echo unlock | gnome-keyring-daemon --unlock --components=secrets > /dev/null
        oidc-gen --pw-keyring=desktop -u kept && oidc-gen -p kept
        secret-tool lookup service oidc-agent file ${join(sandbox.accounts, 'kept')}`;
      const env = { XDG_RUNTIME_DIR: sandbox.folder, XDG_DATA_HOME: sandbox.home };
      const { stdout, stderr } = await sandbox.run(
        '/usr/bin/dbus-run-session',
        ['--', '/bin/sh', '-c', script],
        { env },
      );
      expect(stdout, stderr).toMatch(
        /^Updated config file format\n\{[^}]*"refresh_token"[^}]*\}\n[\w-]{43}\n?$/,
      );
    });
  },
);

describe('without a keyring', () => {
  it('--pw-keyring says what is missing, before a login', async () => {
    const nothing = join(sandbox.folder, 'nothing');
    mkdirSync(nothing);
    symlinkSync(process.execPath, join(nothing, 'node'));
    const { code, stderr } = await sandbox.run('oidc-gen', ['--pw-keyring', '-u', 'kept'], {
      env: { PATH: nothing },
    });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^Error: there is no keyring here\nhint: .*libsecret-tools/),
    });
    expect(existsSync(join(sandbox.accounts, 'kept'))).toBe(true);
  });
});
