/** oidc-tokensh: a command with a token beside it that never expires, and nothing left of either. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { isRunning } from '../support/processes.ts';
import { type Answer, startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { Terminal } from '../support/user/terminal.ts';

let sandbox: Sandbox;
let tokenFile: string;
beforeEach(() => {
  sandbox = new Sandbox();
  tokenFile = join(sandbox.folder, 'bt');
  sandbox.env.BEARER_TOKEN_FILE = tokenFile;
});
afterEach(() => sandbox.close());

const sh = (script: string) => ['--', '/bin/sh', '-c', script];

/** An account `wlcg` in a running agent, whose issuer gives these answers one after the other, the last one for ever. */
async function loadedAccount(...answers: Answer[]): Promise<string> {
  const { metadata } = await startIssuer({ '/token': answers });
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
  await startAgent(sandbox);
  await sandbox.run('oidc-add', ['--pw-env', '--skip-check', 'wlcg'], withPassword);
  return metadata.issuer;
}

describe('the command', () => {
  it('finds the token in the file that BEARER_TOKEN_FILE names, alone and private', async () => {
    await loadedAccount(tokens('the-token'));
    const script = 'cat "$BEARER_TOKEN_FILE"; stat -c " %a" "$BEARER_TOKEN_FILE"; echo "[$BEARER_TOKEN]"';
    const outcome = await sandbox.run('oidc-tokensh', sh(script), { env: { BEARER_TOKEN: 'an old one' } });
    expect(outcome).toMatchObject({ stdout: 'the-token 600\n[]\n', stderr: '', code: 0 });
    expect(readdirSync(sandbox.folder).filter((name) => /^\.?bt/.test(name))).toEqual([]);
  });

  it('has the first token in BEARER_TOKEN as well, with --env', async () => {
    await loadedAccount(tokens('the-token'));
    const script = 'echo "$BEARER_TOKEN"; cat "$BEARER_TOKEN_FILE"';
    const outcome = await sandbox.run('oidc-tokensh', ['--env', ...sh(script)]);
    expect(outcome).toMatchObject({ stdout: 'the-token\nthe-token', stderr: '', code: 0 });
  });

  it('may look where -o says, or where WLCG Bearer Token Discovery says', async () => {
    await loadedAccount(tokens('the-token'));
    const other = join(sandbox.folder, 'other');
    const where = async (args: string[], env: Record<string, string | undefined>) =>
      (await sandbox.run('oidc-tokensh', [...args, ...sh('echo $BEARER_TOKEN_FILE')], { env })).stdout.trim();
    expect(await where(['-o', other], {})).toBe(other);
    const runtime = join(sandbox.folder, 'run');
    mkdirSync(runtime, { mode: 0o700 });
    const env = { BEARER_TOKEN_FILE: undefined, XDG_RUNTIME_DIR: runtime };
    expect(await where([], env)).toBe(join(runtime, `bt_u${process.getuid?.()}`));
    expect(readdirSync(runtime)).toEqual([]);
  });

  it.each([
    ['exit 7', 7],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
  ])('decides about the exit code: %s is %d', async (script, code) => {
    await loadedAccount(tokens('the-token'));
    expect(await sandbox.run('oidc-tokensh', sh(script))).toMatchObject({ code, stderr: '' });
    expect(existsSync(tokenFile)).toBe(false);
  });

  it('is the shell if there is none', async () => {
    await loadedAccount(tokens('the-token'));
    const options = { env: { SHELL: '/bin/sh' }, input: 'cat "$BEARER_TOKEN_FILE"' };
    expect(await sandbox.run('oidc-tokensh', [], options)).toMatchObject({ stdout: 'the-token', code: 0 });
  });

  it('gets its words as they are', async () => {
    await loadedAccount(tokens('the-token'));
    const words = ['a b', '', '$HOME', '*', '--', '-v'];
    const outcome = await sandbox.run('oidc-tokensh', ['--', '/usr/bin/printf', '%s|', ...words]);
    expect(outcome.stdout).toBe(words.map((word) => `${word}|`).join(''));
  });

  it('that does not exist is exit code 127, and leaves no token', async () => {
    await loadedAccount(tokens('the-token'));
    const outcome = await sandbox.run('oidc-tokensh', ['--', '/nowhere/cmd']);
    expect(outcome).toMatchObject({ stderr: 'Error: /nowhere/cmd: command not found\n', code: 127 });
    expect(existsSync(tokenFile)).toBe(false);
  });

  it('gets the signals that the program gets, and has time to end', async () => {
    await loadedAccount(tokens('the-token'));
    const script = `trap 'test -f ${tokenFile} && echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done`;
    const child = sandbox.spawn('oidc-tokensh', sh(script));
    let stdout = '';
    child.stdout?.on('data', (data) => {
      stdout += data;
      if (stdout === 'ready\n') child.kill('SIGTERM');
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([stdout, code]).toEqual(['ready\nbye\n', 3]);
    expect(existsSync(tokenFile)).toBe(false);
  });

  it.each([
    ['Ctrl-C', '\u0003', 'INT'],
    ['Ctrl-\\', '\u001c', 'QUIT'],
  ])('decides what %s means', async (_name, key, signal) => {
    await loadedAccount(tokens('the-token'));
    const script = `trap 'echo not now' ${signal}; echo ready; until read line; do :; done`;
    const terminal = new Terminal(sandbox, 'oidc-tokensh', sh(script));
    await terminal.waitFor(/ready/);
    terminal.press(key);
    await terminal.waitFor(/not now/);
    expect(existsSync(tokenFile)).toBe(true);
    terminal.type('x');
    expect(await terminal.exit()).toBe(0);
    expect(existsSync(tokenFile)).toBe(false);
  });
});

describe('two commands at once', () => {
  it('have a file each: the end of one takes no token from the other', async () => {
    await loadedAccount(tokens('the-token'));
    const inner = 'oidc-tokensh -- /bin/sh -c \'echo "$BEARER_TOKEN_FILE"; cat "$BEARER_TOKEN_FILE"\'';
    const script = `${inner}; echo; echo "$BEARER_TOKEN_FILE"; cat "$BEARER_TOKEN_FILE"`;
    const outcome = await sandbox.run('oidc-tokensh', sh(script));
    const [other = '', ...rest] = outcome.stdout.split('\n');
    expect(other).toMatch(/\/bt-\d+$/);
    expect(rest).toEqual(['the-token', tokenFile, 'the-token']);
    expect(existsSync(other) || existsSync(tokenFile)).toBe(false);
  });

  it('cannot share the file that -o names', async () => {
    await loadedAccount(tokens('the-token'));
    const outcome = await sandbox.run('oidc-tokensh', sh(`oidc-tokensh -o ${tokenFile} -- echo never`));
    expect(outcome).toMatchObject({ stdout: '', code: 75 });
    expect(outcome.stderr).toMatch(/^Error: .*bt/);
  });
});

describe('the token', () => {
  it('is renewed before it expires', async () => {
    await loadedAccount(tokens('first', { expires_in: 4 }), tokens('second', { expires_in: 3600 }));
    const script =
      'cat "$BEARER_TOKEN_FILE"; while grep -q first "$BEARER_TOKEN_FILE"; do sleep 0.05; done; cat "$BEARER_TOKEN_FILE"';
    const outcome = await sandbox.run('oidc-tokensh', ['-v', ...sh(script)]);
    expect(outcome).toMatchObject({ stdout: 'firstsecond', code: 0 });
    expect(outcome.stderr).toMatch(/^(.*bt: a token that is valid until 20.*Z\n){2}$/);
  });

  it('is gone when it has expired and there is no other: a stale one would be worse than none', async () => {
    await loadedAccount(tokens('first', { expires_in: 2 }), {
      status: 400,
      json: { error: 'invalid_scope' },
    });
    const script = 'while [ -e "$BEARER_TOKEN_FILE" ]; do sleep 0.05; done; echo gone';
    const outcome = await sandbox.run('oidc-tokensh', sh(script));
    expect(outcome).toMatchObject({ stdout: 'gone\n', code: 0 });
    expect(outcome.stderr).toMatch(/^The token in .*bt has expired, and could not be renewed: invalid_scope/);
  });

  it('may be that of an issuer', async () => {
    const issuer = await loadedAccount(tokens('the-token'));
    const outcome = await sandbox.run('oidc-tokensh', ['--oidc', issuer, ...sh('cat "$BEARER_TOKEN_FILE"')]);
    expect(outcome).toMatchObject({ stdout: 'the-token', stderr: '', code: 0 });
  });
});

describe('the agent', () => {
  const account = async () => {
    const { metadata } = await startIssuer({ '/token': tokens('the-token') });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
  };

  it('that runs stays, with the account that was loaded for the command', async () => {
    await account();
    const { pid } = await startAgent(sandbox);
    const terminal = new Terminal(sandbox, 'oidc-tokensh', sh('echo; cat "$BEARER_TOKEN_FILE"'));
    await terminal.waitFor(/Enter decryption password for account config 'wlcg': /);
    terminal.type(PASSWORD);
    await terminal.waitFor(/the-token/);
    expect(await terminal.exit()).toBe(0);
    expect(isRunning(pid)).toBe(true);
    expect((await sandbox.run('oidc-add', ['-a'])).stdout).toBe('wlcg\n');
  });

  it('is started where there is none, for the command alone, and ends with it', async () => {
    await account();
    const terminal = new Terminal(sandbox, 'oidc-tokensh', sh('echo "pid $OIDCD_PID."; oidc-token wlcg'));
    await terminal.waitFor(/password/);
    terminal.type(PASSWORD);
    const [, pid] = await terminal.waitFor(/pid (\d+)\./);
    await terminal.waitFor(/the-token/);
    expect(await terminal.exit()).toBe(0);
    await vi.waitFor(() => expect(isRunning(Number(pid))).toBe(false), { timeout: 60_000 });
    expect(readdirSync(sandbox.env.TMPDIR ?? '')).toEqual([]);
    expect(existsSync(tokenFile)).toBe(false);
  });

  it('ends, too, when there is no password', async () => {
    await account();
    const outcome = await sandbox.run('oidc-tokensh', sh('echo never'));
    expect(outcome).toMatchObject({ stdout: '', code: 1 });
    expect(outcome.stderr).toContain("Error: could not load the account 'wlcg'\n");
    await vi.waitFor(() => expect(readdirSync(sandbox.env.TMPDIR ?? '')).toEqual([]), { timeout: 60_000 });
  });
});

describe('without --oidc', () => {
  it('there has to be one account only: exit code 3', async () => {
    expect(await sandbox.run('oidc-tokensh', sh('echo never'))).toMatchObject({
      stdout: '',
      stderr: 'Error: No account configurations created yet.\nhint: create one: oidc-gen NAME\n',
      code: 3,
    });
    for (const name of ['a', 'b']) await writeAccount(sandbox, { name, issuer_url: 'https://iam.example/' });
    expect(await sandbox.run('oidc-tokensh', sh('echo never'))).toMatchObject({
      stderr: 'Error: there are several accounts\nhint: name one: oidc-tokensh --oidc a\n',
      code: 3,
    });
  });
});

it('does not put a token where another user could read or replace it', async () => {
  await loadedAccount(tokens('the-token'));
  const folder = join(sandbox.folder, 'everyone');
  mkdirSync(folder);
  statSync(folder);
  chmodSync(folder, 0o777);
  const outcome = await sandbox.run('oidc-tokensh', ['-o', join(folder, 'bt'), ...sh('echo never')]);
  expect(outcome).toMatchObject({ stdout: '', code: 1 });
  expect(outcome.stderr).toMatch(
    /is not a safe place for a token: other users can write to its folder\nhint: choose another/,
  );
  expect(readdirSync(folder)).toEqual([]);
  expect(() => readFileSync(tokenFile)).toThrow();
});
