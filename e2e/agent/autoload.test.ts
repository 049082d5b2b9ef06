/** A token of an account that is not loaded: its password is asked for by the program that wants the token. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { Terminal } from '../support/user/terminal.ts';

const question = /Enter decryption password for account config 'wlcg': /;
const notLoaded = 'Error: account not loaded\nhint: load it: oidc-add wlcg\n';

let sandbox: Sandbox;
let issuer: string;
beforeEach(async () => {
  sandbox = new Sandbox();
  const { metadata } = await startIssuer({ '/token': tokens('token') });
  issuer = metadata.issuer;
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer });
});
afterEach(() => sandbox.close());

describe('at a terminal', () => {
  it('the password is asked for, and the token printed', async () => {
    await startAgent(sandbox);
    const terminal = new Terminal(sandbox, 'oidc-token', ['wlcg']);
    await terminal.waitFor(question);
    terminal.type(PASSWORD);
    await terminal.waitFor(/^token$/m);
    expect(await terminal.exit()).toBe(0);
    expect(terminal.screen).not.toContain(PASSWORD);
    expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({ stdout: 'token\n', code: 0 });
  });

  it('nothing but the token goes to the standard output', async () => {
    await startAgent(sandbox);
    const file = join(sandbox.folder, 'out');
    const terminal = new Terminal(sandbox, '/bin/sh', ['-c', `oidc-token -a wlcg > '${file}'`]);
    await terminal.waitFor(question);
    terminal.type(PASSWORD);
    expect(await terminal.exit()).toBe(0);
    expect(readFileSync(file, 'utf8')).toMatch(/^token\nhttp\S+\n\d+\n$/);
  });

  it('it is asked for by the name of the issuer, too', async () => {
    writeFileSync(join(sandbox.accounts, 'issuer.config'), JSON.stringify([{ issuer, accounts: ['wlcg'] }]));
    await startAgent(sandbox);
    const terminal = new Terminal(sandbox, 'oidc-token', [issuer]);
    await terminal.waitFor(question);
    terminal.type(PASSWORD);
    await terminal.waitFor(/^token$/m);
    expect(await terminal.exit()).toBe(0);
  });

  it('a user who does not know it gets no token, and an error that says why', async () => {
    await startAgent(sandbox);
    const terminal = new Terminal(sandbox, 'oidc-token', ['wlcg']);
    for (let tries = 0; tries < 3; tries += 1) {
      await terminal.waitFor(question);
      terminal.type('wrong');
    }
    await terminal.waitFor(/Error: reached maximum number of tries[\s\S]*Error: account not loaded/);
    expect(await terminal.exit()).toBe(77);
  });

  it('a user who presses Ctrl-C sees nothing more', async () => {
    await startAgent(sandbox);
    const terminal = new Terminal(sandbox, 'oidc-token', ['wlcg']);
    await terminal.waitFor(question);
    terminal.press('\x03');
    expect(await terminal.exit()).toBe(130);
    expect(terminal.screen).not.toContain('Error');
  });

  it('oidc-token does not ask where the agent may not load accounts by itself', async () => {
    await startAgent(sandbox, { args: ['--no-autoload'] });
    const terminal = new Terminal(sandbox, 'oidc-token', ['wlcg']);
    expect(await terminal.exit()).toBe(77);
    expect(terminal.screen).toBe(notLoaded);
  });

  it('oidc-token does not ask for the password of an unknown account', async () => {
    await startAgent(sandbox);
    const terminal = new Terminal(sandbox, 'oidc-token', ['unknown']);
    expect(await terminal.exit()).toBe(1);
    expect(terminal.screen).toMatch(/^Error: No account configured with that short name\n/);
  });
});

describe('without a terminal', () => {
  it('oidc-token does not ask, and the error says what to do', async () => {
    await startAgent(sandbox);
    expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({
      stdout: '',
      stderr: notLoaded,
      code: 77,
    });
  });

  it('the password comes from the command that is configured', async () => {
    const command = `test "$OIDC_ACCOUNT" = wlcg && echo '${PASSWORD}'`;
    writeFileSync(join(sandbox.accounts, 'config'), JSON.stringify({ 'oidc-agent': { 'pw-cmd': command } }));
    await startAgent(sandbox);
    expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({
      stdout: 'token\n',
      stderr: '',
      code: 0,
    });
  });
});
