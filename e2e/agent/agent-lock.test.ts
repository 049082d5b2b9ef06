/** An agent that is locked, and one that asks before it gives. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { hasDebianSuite, type Suite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { startOnDesktop } from '../support/user/desktop.ts';
import { Terminal } from '../support/user/terminal.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

const load = (...args: string[]) => sandbox.run('oidc-add', ['--pw-env', ...args], withPassword);

async function accountAt(script: Parameters<typeof startIssuer>[0]) {
  const { metadata, requests } = await startIssuer(script);
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
  return { token: () => requests.filter(({ path }) => path === '/token').length };
}

/** Types these into the prompts of oidc-add. */
async function typed(suite: Suite, option: string, ...passwords: string[]) {
  const terminal = new Terminal(sandbox, 'oidc-add', [option], { suite });
  for (const password of passwords) {
    await terminal.waitFor(/lock password/);
    terminal.type(password);
  }
  return { code: await terminal.exit(), screen: terminal.screen };
}

const suites: Suite[] = hasDebianSuite ? ['ours', 'c'] : ['ours'];

describe.each(suites)('oidc-add of suite %s locks our agent', (suite) => {
  it('which gives nothing then, and everything again when it is unlocked', async () => {
    await startAgent(sandbox);
    const { token } = await accountAt({ '/token': [tokens('one'), tokens('two')] });
    await load('wlcg');
    expect(await typed(suite, '-x', 'sesame', 'sesame')).toMatchObject({
      code: 0,
      screen: expect.stringMatching(/success\n[\s\S]*Agent locked/),
    });
    for (const [program, args] of [
      ['oidc-token', ['wlcg']],
      ['oidc-add', ['-a']],
      ['oidc-add', ['-r', 'wlcg']],
      ['oidc-agent', ['--status']],
    ] as const) {
      const outcome = await sandbox.run(program, args, { suite });
      expect(outcome).toMatchObject({ stdout: '', stderr: expect.stringContaining('Agent locked') });
    }
    const tries = suite === 'ours' ? ['barley', 'oats', 'rye'] : ['barley'];
    expect(await typed(suite, '-X', ...tries)).toMatchObject({
      code: expect.any(Number),
      screen: expect.stringContaining('wrong password'),
    });
    expect(await typed(suite, '-X', 'sesame')).toMatchObject({
      code: 0,
      screen: expect.stringMatching(/success\n[\s\S]*Agent unlocked/),
    });
    // The token that was in the cache, as nothing was lost.
    expect(await sandbox.run('oidc-token', ['wlcg'], { suite })).toMatchObject({ stdout: 'one\n' });
    expect(token()).toBe(1);
  });
});

it('with a client that has no secret, and an account that was never used, it can be unlocked, too', async () => {
  await startAgent(sandbox);
  const { metadata } = await startIssuer({ '/token': tokens('one') });
  await writeAccount(sandbox, { name: 'public', issuer_url: metadata.issuer, client_secret: '' });
  await load('--skip-check', 'public');
  await typed('ours', '-x', 'sesame', 'sesame');
  expect((await typed('ours', '-X', 'sesame')).code).toBe(0);
  expect(await sandbox.run('oidc-token', ['public'])).toMatchObject({ stdout: 'one\n', code: 0 });
});

it('a wrong password is asked for again, so that the next one is not typed into the shell', async () => {
  await startAgent(sandbox);
  await typed('ours', '-x', 'sesame', 'sesame');
  expect(await typed('ours', '-X', 'barley', 'sesame')).toMatchObject({
    code: 0,
    screen: expect.stringMatching(/Wrong password\.\nEnter lock password: \n*success\n/),
  });
});

it('two different passwords lock nothing, and without a terminal oidc-add does not ask', async () => {
  await startAgent(sandbox);
  expect(await typed('ours', '-x', 'one', 'other')).toMatchObject({
    code: 1,
    screen: expect.stringContaining('Passwords do not match.'),
  });
  expect(await sandbox.run('oidc-add', ['-x'], { detached: true })).toMatchObject({
    stderr: 'Error: no terminal to ask for the lock password\nhint: run it in a terminal\n',
    code: 1,
  });
  expect((await sandbox.run('oidc-add', ['-a'])).code).toBe(0);
});

describe('an account that was loaded with --confirm', () => {
  it('gives a token when the user says yes, and asks again for the next one', async () => {
    const { asked } = await startOnDesktop(sandbox, 'exit 0');
    await accountAt({ '/token': tokens('one') });
    await load('-c', 'wlcg');
    for (const _time of [1, 2]) {
      expect(await sandbox.run('oidc-token', ['--name', 'rclone', 'wlcg'])).toMatchObject({
        stdout: 'one\n',
      });
    }
    expect(asked().match(/rclone/g)).toHaveLength(2);
  });

  it('gives none when the user says no', async () => {
    await startOnDesktop(sandbox, 'exit 1');
    await accountAt({ '/token': tokens('one') });
    await load('-c', 'wlcg');
    expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/^Error: operation forbidden\nhint: /),
      code: 77,
    });
  });

  it('delays no other client while the user thinks, and takes the question back when the program leaves', async () => {
    const pipe = join(sandbox.folder, 'thinking');
    const { asked } = await startOnDesktop(sandbox, `while [ ! -e ${pipe} ]; do /bin/sleep 0.05; done`);
    await accountAt({ '/token': tokens('one') });
    await load('-c', 'wlcg');
    const { metadata } = await startIssuer({ '/token': tokens('other') });
    await writeAccount(sandbox, { name: 'other', issuer_url: metadata.issuer });
    const waiting = sandbox.spawn('oidc-token', ['wlcg']);
    while (!asked().includes('wlcg')) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await load('other')).toMatchObject({ code: 0 });
    expect(await sandbox.run('oidc-token', ['other'])).toMatchObject({ stdout: 'other\n' });
    waiting.kill();
    const next = sandbox.run('oidc-token', ['wlcg']);
    while (asked().split('wlcg').length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    writeFileSync(pipe, '');
    expect(await next).toMatchObject({ stdout: 'one\n', code: 0 });
  });

  it('gives no ID token without asking, and none where no user can be asked', async () => {
    const { asked } = await startOnDesktop(sandbox, 'exit 1');
    await accountAt({ '/token': tokens('one', { id_token: 'id' }) });
    await load('wlcg');
    expect(await sandbox.run('oidc-token', ['--id-token', 'wlcg'])).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining('operation forbidden'),
    });
    expect(asked()).toContain('ID token');
  });

  it.each(['the command of the config file', 'a window'])(
    'is loaded by a request with the password from %s',
    async (source) => {
      if (source === 'a window') {
        await startOnDesktop(sandbox, `echo ${withPassword.env.OIDC_ENCRYPTION_PW}`);
      } else {
        const config = { 'oidc-agent': { 'pw-cmd': `echo ${withPassword.env.OIDC_ENCRYPTION_PW}` } };
        writeFileSync(join(sandbox.accounts, 'config'), JSON.stringify(config));
        await startAgent(sandbox);
      }
      await accountAt({ '/token': tokens('one') });
      expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({ stdout: 'one\n', code: 0 });
    },
  );
});
