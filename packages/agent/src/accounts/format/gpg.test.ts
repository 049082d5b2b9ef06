import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Secret } from '../../secret.ts';
import { readAccountFile, writeAccountFile } from '../account-file.ts';
import { passwordSource } from '../passwords/passwords.ts';
import { gpgRecipients } from './gpg.ts';

const noGpg = spawnSync('gpg', ['--version']).status !== 0;
const TEXT = '{"name":"w","issuer_url":"https://i/","client_id":"c","refresh_token":"it\'s $(old) `x`"}';
const nobody = passwordSource({ account: 'w' });

describe.skipIf(noGpg)('an account encrypted with GPG (needs gpg)', () => {
  let home: string;
  let path: string;

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'gnupg-'));
    path = join(home, 'w');
    vi.stubEnv('GNUPGHOME', home);
    const keys: [string, string][] = [
      ['rsa', 'Key-Type: RSA\nKey-Length: 2048\nSubkey-Type: RSA\nSubkey-Length: 2048'],
      ['ecc', 'Key-Type: EDDSA\nKey-Curve: ed25519\nSubkey-Type: ECDH\nSubkey-Curve: cv25519'],
    ];
    for (const [name, type] of keys) {
      const input = `%no-protection\n${type}\nName-Email: ${name}@example\nExpire-Date: 0\n%commit\n`;
      execFileSync('gpg', ['--batch', '--quiet', '--generate-key'], {
        input,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
    }
    // As after a move to another machine: the keys are there, but nobody told gpg to trust them.
    const trust = execFileSync('gpg', ['--export-ownertrust'], { encoding: 'utf8', stdio: 'pipe' });
    execFileSync('gpg', ['--import-ownertrust'], { input: trust.replaceAll(':6:', ':2:'), stdio: 'pipe' });
  });

  afterAll(() => {
    spawnSync('gpgconf', ['--kill', 'all']);
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true });
  });

  function armor(...options: string[]): string {
    const args = ['--batch', '--quiet', '--armor', '--trust-model', 'always', ...options, '--encrypt'];
    return execFileSync('gpg', args, { input: TEXT, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
  }

  test.each([
    ['an RSA key', ['--recipient', 'rsa@example']],
    ['a cv25519 key', ['--recipient', 'ecc@example']],
    ['both', ['--recipient', 'rsa@example', '--recipient', 'ecc@example']],
  ])('is read, and written again for %s', async (_which, recipients) => {
    writeFileSync(path, `${armor(...recipients)}\nGenerated using version: 5.3.3`);
    const before = await gpgRecipients(readFileSync(path, 'utf8'));
    const { account, key } = await readAccountFile(path, nobody);
    expect(account.refresh_token?.reveal()).toBe("it's $(old) `x`");
    expect(key).toBeUndefined();

    await writeAccountFile(path, { ...account, refresh_token: new Secret('new') }, key);
    expect((await readAccountFile(path, nobody)).account.refresh_token?.reveal()).toBe('new');
    expect(await gpgRecipients(readFileSync(path, 'utf8'))).toEqual(before);
    expect(before).toHaveLength(recipients.length / 2);
  });

  test('that hides its recipients is left as it is, and the error says so', async () => {
    const content = armor('--hidden-recipient', 'rsa@example');
    writeFileSync(path, content);
    const { account } = await readAccountFile(path, nobody);
    await expect(writeAccountFile(path, account, undefined)).rejects.toThrow('hides its recipients');
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  test('that is damaged gives the error of gpg', async () => {
    writeFileSync(path, armor('--recipient', 'rsa@example').replace(/\n=.*\n/, '\n=AAAA\n'));
    await expect(readAccountFile(path, nobody)).rejects.toThrow('gpg could not decrypt (exit status 2)');
  });

  test('without gpg on this machine: the error names what is missing', async () => {
    writeFileSync(path, armor('--recipient', 'rsa@example'));
    vi.stubEnv('PATH', home);
    try {
      await expect(readAccountFile(path, nobody)).rejects.toMatchObject({
        message: expect.stringContaining('could not run gpg'),
        hints: ['this account file is encrypted with gpg: install GnuPG'],
      });
    } finally {
      vi.unstubAllEnvs();
      vi.stubEnv('GNUPGHOME', home);
    }
  });
});
