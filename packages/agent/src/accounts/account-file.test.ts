import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../secret.ts';
import type { Account } from './account.ts';
import { deleteAccountFile, readAccountFile, writeAccountFile } from './account-file.ts';
import { FileKey } from './format/crypt.ts';
import { passwordSource } from './passwords/passwords.ts';

const account: Account = {
  name: 'wlcg',
  issuer_url: 'https://iam.example/',
  client_id: 'c',
  refresh_token: new Secret('old'),
};
const rotated: Account = { ...account, refresh_token: new Secret('new') };

let folder: string;
let path: string;
let key: FileKey;

beforeAll(async () => {
  key = await FileKey.derive(new Secret('secret'));
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vault ü '));
  path = join(folder, 'wlcg');
  return () => rmSync(folder, { recursive: true });
});

const password = (value: string) => passwordSource({ account: 'wlcg', variable: 'P', env: { P: value } });
const refreshToken = async (file = path) =>
  (await readAccountFile(file, password('secret'))).account.refresh_token?.reveal();

describe('an account that was written', () => {
  test('is read again with the password', async () => {
    await writeAccountFile(path, account, key);
    const loaded = await readAccountFile(path, password('secret'));
    expect(loaded.account.refresh_token?.reveal()).toBe('old');
    expect(loaded.text).toContain('"refresh_token":\t"old"');
  });

  test('in plain JSON stays plain: losing its new refresh token would protect nothing', async () => {
    writeFileSync(path, '{"name":"wlcg","issuer_url":"https://iam.example/","client_id":"c"}', {
      mode: 0o644,
    });
    await writeAccountFile(path, rotated, undefined);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ refresh_token: 'new' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is written again with the key that reading gave, without the password', async () => {
    await writeAccountFile(path, account, key);
    const loaded = await readAccountFile(path, password('secret'));
    await writeAccountFile(path, rotated, loaded.key);
    expect(await refreshToken()).toBe('new');
  });

  test('is not opened by another password', async () => {
    await writeAccountFile(path, account, key);
    await expect(readAccountFile(path, password('Secret'))).rejects.toMatchObject({
      kind: 'wrong-password',
      message: 'wrong password',
    });
  });

  test('has mode 0600 whatever the umask, also where the C programs wrote 0644', async () => {
    const umask = process.umask(0);
    try {
      await writeAccountFile(path, account, key);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      chmodSync(path, 0o644);
      expect(await refreshToken()).toBe('old');
      await writeAccountFile(path, rotated, key);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    } finally {
      process.umask(umask);
    }
  });

  test('is always whole for those who read it meanwhile', async () => {
    await writeAccountFile(path, account, key);
    const writes = Promise.all(Array.from({ length: 20 }, () => writeAccountFile(path, rotated, key)));
    let done = false;
    const finished = writes.then(() => {
      done = true;
    });
    while (!done) {
      expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(7);
      await new Promise(setImmediate);
    }
    await finished;
    expect(await readdir(folder)).toEqual(['wlcg']);
  });

  test('is gone after it was deleted', async () => {
    await writeAccountFile(path, account, key);
    await deleteAccountFile(path);
    expect(await readdir(folder)).toEqual([]);
    await expect(deleteAccountFile(path)).rejects.toMatchObject({ kind: 'not-found' });
  });
});

describe('a symbolic link', () => {
  test('stays a link when its account is written', async () => {
    mkdirSync(join(folder, 'dotfiles'));
    const target = join(folder, 'dotfiles', 'wlcg');
    await writeAccountFile(target, account, key);
    symlinkSync(target, path);
    await writeAccountFile(path, rotated, key);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(await refreshToken(target)).toBe('new');
    expect(await readdir(join(folder, 'dotfiles'))).toEqual(['wlcg']);
  });

  test('is deleted with the account that it points to', async () => {
    const target = join(folder, 'target');
    await writeAccountFile(target, account, key);
    symlinkSync(target, path);
    await deleteAccountFile(path);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('when saving fails', () => {
  const isRoot = process.getuid?.() === 0;
  let small: string;
  let mounted = false;
  beforeAll(() => {
    small = mkdtempSync(join(tmpdir(), 'full-disk-'));
  });
  afterAll(() => {
    if (mounted) spawnSync('umount', [small]);
    rmSync(small, { recursive: true });
  });

  test.skipIf(!isRoot)(
    'for a full disk: the old account is intact and nothing is left behind (root only)',
    async (context) => {
      mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', small]).status === 0;
      context.skip(!mounted, 'this root may not mount');
      const file = join(small, 'wlcg');
      await writeAccountFile(file, account, key);
      expect(() => writeFileSync(join(small, 'filler'), Buffer.alloc(64 * 1024))).toThrow('ENOSPC');
      await expect(writeAccountFile(file, rotated, key)).rejects.toMatchObject({
        kind: 'not-saved',
        message: `could not save the account file '${file}': no space left on device (ENOSPC)`,
        hints: ['the old file is unchanged; free some space and try again'],
      });
      expect(await refreshToken(file)).toBe('old');
      expect((await readdir(small)).sort()).toEqual(['filler', 'wlcg']);
    },
  );

  test('because a folder has its name: nothing is left behind', async () => {
    mkdirSync(path);
    await expect(writeAccountFile(path, account, key)).rejects.toMatchObject({ kind: 'not-saved' });
    expect(await readdir(folder)).toEqual(['wlcg']);
  });

  test('because the folder is gone: the error says so', async () => {
    await expect(writeAccountFile(join(folder, 'gone', 'wlcg'), account, key)).rejects.toThrow('ENOENT');
  });

  test('because there is no key: an encrypted file is never rewritten in clear', async () => {
    await writeAccountFile(path, account, key);
    await expect(writeAccountFile(path, rotated, undefined)).rejects.toMatchObject({ kind: 'not-saved' });
    expect(readFileSync(path, 'utf8')).not.toContain('new');
    expect(await refreshToken()).toBe('old');
  });
});

test('what a process left that died while writing is removed when it is old, whoever it was', async () => {
  const { pid } = spawnSync('true');
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  const make = (name: string, time: Date) => {
    writeFileSync(join(folder, name), '');
    utimesSync(join(folder, name), time, time);
    return name;
  };
  make(`.jeton-${pid}@${hostname()}-0123456789ab.tmp`, minutesAgo(11));
  make(`.jeton-${process.ppid}@another-host-0123456789ab.tmp`, minutesAgo(11));
  const others = [
    // A process that is not here may be in another container, and in the middle of a save.
    make(`.jeton-${pid}@${hostname()}-ba9876543210.tmp`, minutesAgo(5)),
    make('.jeton-notes.tmp', minutesAgo(11)),
  ];
  await writeAccountFile(path, account, key);
  expect((await readdir(folder)).sort()).toEqual([...others, 'wlcg'].sort());
});

describe('reading', () => {
  test('a file that does not exist is told as the C programs do', async () => {
    await expect(readAccountFile(path, password('x'))).rejects.toMatchObject({
      kind: 'not-found',
      message: 'could not open file - file does not exist',
    });
  });

  test('a file that we may not open says whose fault it is', async () => {
    writeFileSync(path, '', { mode: 0o000 });
    // Permissions do not stop root, so root becomes somebody else for a moment.
    if (process.getuid?.() === 0) {
      chmodSync(folder, 0o755);
      process.seteuid?.(65534);
    }
    try {
      await expect(readAccountFile(path, password('x'))).rejects.toMatchObject({
        kind: 'unreadable',
        message: `could not open file '${path}': permission denied (EACCES)`,
      });
    } finally {
      if (process.getuid?.() === 0) process.seteuid?.(0);
    }
  });

  test('a named pipe or a folder is refused without waiting', async () => {
    expect(spawnSync('mkfifo', [path]).status).toBe(0);
    await expect(readAccountFile(path, password('x'))).rejects.toThrow('is not a regular file');
    await expect(readAccountFile(folder, password('x'))).rejects.toThrow('is not a regular file');
  });

  test('a huge file is refused without reading it', async () => {
    writeFileSync(path, Buffer.alloc(1024 * 1024 + 1));
    await expect(readAccountFile(path, password('x'))).rejects.toThrow('is larger than');
  });

  test('a truncated account is told before any password is asked for', async () => {
    await writeAccountFile(path, account, key);
    writeFileSync(path, readFileSync(path).subarray(0, 60));
    const source = passwordSource({ account: 'wlcg', prompt: () => Promise.reject(new Error('asked')) });
    await expect(readAccountFile(path, source)).rejects.toThrow('the file is truncated: it has 3 of 7 lines');
  });

  test('a plain JSON file needs no password and gives no key', async () => {
    writeFileSync(path, '{"name":"wlcg","issuer_url":"https://iam.example/","client_id":"c"}');
    const loaded = await readAccountFile(path, passwordSource({ account: 'wlcg' }));
    expect(loaded.account.name).toBe('wlcg');
    expect(loaded.key).toBeUndefined();
  });

  test('a byte order mark at the beginning is no part of it', async () => {
    writeFileSync(path, '\uFEFF{"name":"wlcg","issuer_url":"https://iam.example/","client_id":"c"}');
    const loaded = await readAccountFile(path, passwordSource({ account: 'wlcg' }));
    expect(loaded.account.name).toBe('wlcg');
  });

  test('a hex file of before 2.1.0 becomes one of the present form when it is written', async () => {
    const content =
      '88:000102030405060708090a0b0c0d0e0f:000102030405060708090a0b0c0d0e0f1011121314151617:3a2d431042ee0511734d25e2f5f8d9e8a4ae83c601fff8c93a7aa7a3a10fb10b013acd5c2397b9edad81a166f63103b5912af34260cc6da46c4cf2175c77334db4fba7264bd8751fa49a63c57b20f3b8d1a2572441d8f411';
    writeFileSync(path, content);
    const loaded = await readAccountFile(path, password('geheim'));
    expect(loaded.account.refresh_token?.reveal()).toBe('old');
    await writeAccountFile(path, rotated, loaded.key);
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(7);
    expect((await readAccountFile(path, password('geheim'))).account.refresh_token?.reveal()).toBe('new');
  });
});
