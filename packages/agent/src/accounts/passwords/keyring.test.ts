/** The kernel's keyring itself, which needs no service. e2e/agent/keyrings.test.ts has a desktop's. */
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { Secret } from '../../secret.ts';
import {
  existingKeyrings,
  forgetInKeyrings,
  keepInKeyring,
  moveInKeyrings,
  passwordInKeyring,
} from './keyring.ts';
import { passwordSource } from './passwords.ts';

const file = `/nowhere/${process.pid} "a\\b"/wlcg`;
const hasKernelKeyring = spawnSync('keyctl', ['show', '@u']).status === 0;

describe.skipIf(!hasKernelKeyring)('the kernel keyring (needs keyctl)', () => {
  afterEach(() => forgetInKeyrings(file));
  const found = async (path = file) => (await passwordInKeyring(path))?.reveal();

  test('keeps a password of any characters, replaces it, and forgets it', async () => {
    expect(await existingKeyrings()).toContain('kernel');
    expect(await found()).toBeUndefined();
    await keepInKeyring('kernel', file, new Secret('first'));
    await keepInKeyring('kernel', file, new Secret(' "sécond" $HOME\n'));
    expect(await found()).toBe(' "sécond" $HOME\n');
    await forgetInKeyrings(file);
    expect(await found()).toBeUndefined();
  });

  test('is readable in a session that did not make the key', async () => {
    await keepInKeyring('kernel', file, new Secret('shared'));
    const script = 'keyctl pipe $(keyctl search @u user "$1")';
    const args = ['session', '-', '/bin/sh', '-c', script, 'sh', `oidc-agent:${file}`];
    expect(spawnSync('keyctl', args, { encoding: 'utf8' }).stdout).toContain('shared');
  });

  test('moves with the file', async () => {
    await keepInKeyring('kernel', file, new Secret('moved'));
    await moveInKeyrings(file, `${file}2`);
    expect([await found(), await found(`${file}2`)]).toEqual([undefined, 'moved']);
    await forgetInKeyrings(`${file}2`);
  });

  test('takes no empty password', async () => {
    await expect(keepInKeyring('kernel', file, new Secret(''))).rejects.toMatchObject({
      kind: 'no-password',
    });
  });

  test('gives the password to a program that has no option and no terminal, after those of the options', async () => {
    await keepInKeyring('kernel', file, new Secret('kept'));
    const options = { account: 'wlcg', keyringFile: file, variable: 'PW', env: { PW: 'given' } };
    const offered: string[] = [];
    const all = async () => {
      for await (const password of passwordSource(options).forDecryption()) offered.push(password.reveal());
    };
    await expect(all()).rejects.toMatchObject({ kind: 'wrong-password' });
    expect(offered).toEqual(['given', 'kept']);
  });
});
