/** Account files with an empty password, as the C suite makes them, too. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateAccount } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { startRotatingIam } from '../support/servers/rotating-iam.ts';
import { Terminal } from '../support/user/terminal.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

const empty = { env: { OIDC_ENCRYPTION_PW: '' } };
const warning = (name: string) =>
  `The password of '${name}' is empty: a copy of its file is enough to use the account.\nhint: give it a password: oidc-gen -u ${name}\n`;

/** The file that oidc-gen 4.2.6 has written for `oidc-gen -u e --pw-env=EMPTY`. */
const recorded = `71
7Euf8olzfmwpVfS6QgZKZA2rjvY66q0F
AYaHeuW37SYE3DUrhSZJHQ==
24:16:16:32:1:2:67108864:2
QLm/QAiS5psb2sxyPAvbWHgoBtgrud+HuYMmFXUHyIGW1nz1Vk0Y3qClhe3oADkeRXAcG+jb1Yw4A4w+FEX8DgXRsIO0W5M=
xP4MnEH1rzkSTy4k13jrFnRaXqSivp0IttlviU79Di4=
Generated using version: 4.2.6`;

describe('a file that the C suite has made with one', () => {
  it.each([
    ['an empty variable', () => '--pw-env'],
    ['an empty file', () => `--pw-file=${join(sandbox.folder, 'none')}`],
    ['a command that prints nothing', () => '--pw-cmd=true'],
  ])('is opened by %s', async (_, option) => {
    writeFileSync(join(sandbox.accounts, 'e'), recorded);
    writeFileSync(join(sandbox.folder, 'none'), '');
    const { stdout, stderr, code } = await sandbox.run('oidc-gen', ['-p', 'e', option()], empty);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(JSON.parse(stdout)).toEqual({ name: 'e', issuer_url: 'https://x/', client_id: 'c' });
  });

  it('opens when the user presses Enter', async () => {
    writeFileSync(join(sandbox.accounts, 'e'), recorded);
    const terminal = new Terminal(sandbox, 'oidc-gen', ['-p', 'e']);
    await terminal.waitFor(/Enter decryption password .*: $/);
    terminal.type('');
    await terminal.waitFor(/"issuer_url":"https:\/\/x\/"/);
    expect(await terminal.exit()).toBe(0);
  });
});

describe('a new file with one is made, with a warning', () => {
  it('by oidc-gen', async () => {
    const iam = await startRotatingIam(sandbox);
    await startAgent(sandbox);
    const env = { OIDC_ENCRYPTION_PW: undefined, NONE: '' };
    const made = await generateAccount(sandbox, 'wlcg', iam, { args: ['--pw-env=NONE'], env });
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining(warning('wlcg')) });
    expect((await sandbox.run('oidc-gen', ['-p', 'wlcg', '--pw-cmd=true'])).code).toBe(0);
  });

  it('by oidc-gen -u', async () => {
    writeFileSync(join(sandbox.accounts, 'e'), '{"name":"e"}');
    expect(await sandbox.run('oidc-gen', ['-u', 'e', '--pw-env'], empty)).toMatchObject({
      code: 0,
      stderr: warning('e'),
    });
    expect((await sandbox.run('oidc-gen', ['-p', 'e', '--pw-env'], empty)).stdout).toBe('{"name":"e"}\n');
  });
});

it('a wrong empty password is no password, and the message says so', async () => {
  writeFileSync(join(sandbox.accounts, 'e'), '{"name":"e"}');
  await sandbox.run('oidc-gen', ['-u', 'e', '--pw-env'], { env: { OIDC_ENCRYPTION_PW: 'secret' } });
  expect(await sandbox.run('oidc-gen', ['-p', 'e', '--pw-env'], empty)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('(the environment variable OIDC_ENCRYPTION_PW is empty)'),
  });
});

describe.skipIf(!hasDebianSuite)('oidc-add of the C suite (needs oidc-agent-cli)', () => {
  it('hands an empty password over, with which our agent saves a rotated refresh token', async () => {
    const iam = await startRotatingIam(sandbox);
    await startAgent(sandbox);
    await generateAccount(sandbox, 'wlcg', iam, { env: empty.env });
    const refreshToken = async () =>
      JSON.parse((await sandbox.run('oidc-gen', ['-p', 'wlcg', '--pw-env'], empty)).stdout).refresh_token;
    const before = await refreshToken();
    await sandbox.run('oidc-add', ['-R']);
    expect(await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], { suite: 'c', ...empty })).toMatchObject({
      code: 0,
    });
    expect(await sandbox.run('oidc-token', ['-f', 'wlcg'])).toMatchObject({ code: 0, stderr: '' });
    expect(await refreshToken()).not.toBe(before);
  });
});
