import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Secret } from '../secret.ts';
import type { Account } from './account.ts';
import { AccountStore } from './account-store.ts';
import { FileKey } from './crypt.ts';
import { VaultError } from './errors.ts';
import { passwordSource } from './passwords.ts';
import { readAccountContent, readAccountFile, writeAccountFile } from './store.ts';

const account: Account = {
  name: 'wlcg',
  issuer_url: 'https://iam.example/',
  client_id: 'c',
  refresh_token: new Secret('first'),
};
const withToken = (token: string, others: Partial<Account> = {}): Account => ({
  ...account,
  ...others,
  refresh_token: new Secret(token),
});

let folder: string;
let path: string;
let key: FileKey;

beforeAll(async () => {
  key = await FileKey.derive(new Secret('secret'));
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vault ü '));
  path = join(folder, 'wlcg');
  await writeAccountFile(path, account, key);
  return () => rmSync(folder, { recursive: true });
});

const password = (value: string) => passwordSource({ account: 'wlcg', variable: 'P', env: { P: value } });
const loaded = async () =>
  new AccountStore('wlcg', async () => path, { key, content: await readAccountContent(path) });
const onDisk = async () => (await readAccountFile(path, password('secret'))).account;

describe('reading', () => {
  test('finds nothing new in a file that nobody has touched', async () => {
    expect(await (await loaded()).readChanged()).toBeUndefined();
  });

  test('finds what another agent has written, once', async () => {
    const store = await loaded();
    await writeAccountFile(path, withToken('newer'), key);
    expect((await store.readChanged())?.refresh_token?.reveal()).toBe('newer');
    expect(await store.readChanged()).toBeUndefined();
  });

  test('does not find what it has written itself', async () => {
    const store = await loaded();
    await store.write(withToken('second'), new Secret('first'));
    expect(await store.readChanged()).toBeUndefined();
  });

  test('uses the password for a file that was encrypted anew', async () => {
    const store = new AccountStore('wlcg', async () => path, {
      key,
      password: { value: new Secret('other') },
    });
    await writeAccountFile(path, withToken('newer'), await FileKey.derive(new Secret('other')));
    expect((await store.readChanged())?.refresh_token?.reveal()).toBe('newer');
  });

  test('of a file that is gone finds nothing', async () => {
    const store = await loaded();
    await rm(path);
    expect(await store.readChanged()).toBeUndefined();
  });

  test('of a file with another password fails, until the password is known', async () => {
    const store = await loaded();
    const other = await FileKey.derive(new Secret('other'));
    await writeAccountFile(path, withToken('newer'), other);
    const error = {
      kind: 'changed',
      message: expect.stringMatching(/^another program has written the account file of 'wlcg': no password/),
      hints: ['give the agent its password: oidc-add --force wlcg'],
    };
    await expect(store.readChanged()).rejects.toMatchObject(error);
    await expect(store.readChanged()).rejects.toMatchObject(error);
    store.reopen({ key: other });
    expect((await store.readChanged())?.refresh_token?.reveal()).toBe('newer');
  });

  test('of a file that could never be read says so, and that it was changed as soon as it was', async () => {
    const store = new AccountStore('wlcg', async () => path, {});
    await expect(store.readChanged()).rejects.toMatchObject({ kind: 'no-password' });
    store.reopen({});
    await expect(store.readChanged()).rejects.toMatchObject({ kind: 'no-password' });
    await writeAccountFile(path, withToken('newer'), key);
    await expect(store.readChanged()).rejects.toMatchObject({ kind: 'changed' });
    store.reopen({});
    await expect(store.readChanged()).rejects.toMatchObject({ kind: 'changed' });
    store.reopen({ key });
    expect((await store.readChanged())?.refresh_token?.reveal()).toBe('newer');
  });

  test('of a file that was encrypted anew before it was read for the first time says so', async () => {
    const store = new AccountStore('wlcg', async () => path, { key });
    await writeAccountFile(path, withToken('newer'), await FileKey.derive(new Secret('secret')));
    await expect(store.readChanged()).rejects.toMatchObject({ kind: 'changed' });
  });
});

describe('a client that is about to write the file', () => {
  const other = () => FileKey.derive(new Secret('secret'));

  test('may do so with another key; who writes then is another program again', async () => {
    const store = await loaded();
    store.expectChange();
    expect(await store.readChanged()).toBeUndefined();
    await writeAccountFile(path, withToken('newer'), await other());
    await expect(store.readChanged()).rejects.toMatchObject({ kind: 'no-password' });
    await writeAccountFile(path, withToken('newest'), await other());
    await expect(store.readChanged()).rejects.toMatchObject({ kind: 'changed' });
  });

  test('and finds no room for it leaves nothing: what is known takes its place', async () => {
    const store = await loaded();
    writeFileSync(path, '');
    await store.write(withToken('second'), new Secret('first'));
    expect((await onDisk()).refresh_token?.reveal()).toBe('second');
  });
});

describe('writing', () => {
  test('puts the new refresh token on disk', async () => {
    const stored = await (await loaded()).write(withToken('second'), new Secret('first'));
    expect(stored.refresh_token?.reveal()).toBe('second');
    expect((await onDisk()).refresh_token?.reveal()).toBe('second');
  });

  test('keeps what another program has changed beside the refresh token', async () => {
    const store = await loaded();
    await writeAccountFile(path, withToken('first', { client_name: 'renamed' }), key);
    await store.write(withToken('second'), new Secret('first'));
    const { client_name, refresh_token } = await onDisk();
    expect([client_name, refresh_token?.reveal()]).toEqual(['renamed', 'second']);
  });

  test('leaves a new login alone, and gives it', async () => {
    const store = await loaded();
    await writeAccountFile(path, withToken('new login'), key);
    const stored = await store.write(withToken('second'), new Secret('first'));
    expect(stored.refresh_token?.reveal()).toBe('new login');
    expect((await onDisk()).refresh_token?.reveal()).toBe('new login');
  });

  test('does not bring back an account that was deleted', async () => {
    const store = await loaded();
    await rm(path);
    await store.write(withToken('second'), new Secret('first'));
    expect(await readdir(folder)).toEqual([]);
  });

  test('leaves a file alone that it cannot read: it may be a new login', async () => {
    const store = await loaded();
    await writeAccountFile(path, withToken('new login'), await FileKey.derive(new Secret('other')));
    const before = readFileSync(path, 'utf8');
    await expect(store.write(withToken('second'), new Secret('first'))).rejects.toMatchObject({
      kind: 'not-saved',
      hints: ['give the agent its password: oidc-add --force wlcg'],
    });
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  test('derives the key once, from the password of a client that has given no key', async () => {
    const asked = join(folder, 'asked');
    const command = `echo once >>'${asked}'; echo secret`;
    const store = new AccountStore('wlcg', async () => path, { password: { command } });
    await store.write(withToken('second'), new Secret('first'));
    await store.write(withToken('third'), new Secret('second'));
    expect((await onDisk()).refresh_token?.reveal()).toBe('third');
    expect(readFileSync(asked, 'utf8')).toBe('once\n');
  });
});

describe('a password that is kept for a while', () => {
  const storeFor = (seconds: number) =>
    new AccountStore('wlcg', async () => path, {
      password: { value: new Secret('secret'), file: '/dev/null', expiresAt: Date.now() + seconds * 1000 },
    });

  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  test('is there until its time is over, and then gone, even if nobody asks for it', () => {
    const thirtyDays = 30 * 86_400;
    const store = storeFor(thirtyDays);
    vi.advanceTimersByTime(thirtyDays * 1000 - 1);
    expect(store.access.password?.value?.reveal()).toBe('secret');
    vi.advanceTimersByTime(1);
    expect(store.access.password).toMatchObject({ value: undefined, file: '/dev/null' });
  });

  test('does not stay longer when the wall clock is set back', () => {
    const store = storeFor(3600);
    vi.advanceTimersByTime(60_000);
    vi.setSystemTime(Date.now() - 86_400_000);
    vi.advanceTimersByTime(3_540_000);
    expect(store.access.password?.value).toBeUndefined();
  });

  test('does not stay longer because the computer has slept', () => {
    const store = storeFor(3600);
    vi.advanceTimersByTime(60_000);
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(60_000);
    expect(store.access.password?.value).toBeUndefined();
  });

  test('is not taken when it is old', () => {
    expect(storeFor(-1).access.password?.value).toBeUndefined();
  });

  test('that is given anew has its own time', () => {
    const store = storeFor(10);
    store.reopen({ password: { value: new Secret('another') } });
    vi.advanceTimersByTime(11_000);
    expect(store.access.password?.value?.reveal()).toBe('another');
  });
});

describe('the lock', () => {
  test('keeps others away until it is released', async () => {
    const lock = await (await loaded()).lock(new AbortController().signal);
    const impatient = new AbortController();
    const second = (await loaded()).lock(impatient.signal);
    impatient.abort(new Error('no more'));
    await expect(second).rejects.toThrow('no more');
    await lock?.release();
    await (await (await loaded()).lock(new AbortController().signal))?.release();
  });

  test('is no condition where nobody knows where the file is', async () => {
    const nowhere = async () => {
      throw new VaultError('no-directory', 'HOME is not set');
    };
    const store = new AccountStore('wlcg', nowhere, { key });
    expect(await store.lock(new AbortController().signal)).toBeUndefined();
    expect(await store.readChanged()).toBeUndefined();
    await expect(store.write(withToken('second'), new Secret('first'))).rejects.toThrow('HOME is not set');
  });
});
