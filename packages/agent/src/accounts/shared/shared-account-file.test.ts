import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { FileError } from '../../files/errors.ts';
import { Secret } from '../../secret.ts';
import { type Account, accountToJson } from '../account.ts';
import { readAccountContent, readAccountFile, writeAccountFile } from '../account-file.ts';
import { FileKey } from '../format/crypt.ts';
import { passwordSource } from '../passwords/passwords.ts';
import { withRefreshToken } from '../replaced-tokens.ts';
import { SharedAccountFile } from './shared-account-file.ts';

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
  new SharedAccountFile('wlcg', async () => path, { key, content: await readAccountContent(path) });
const onDisk = async () => (await readAccountFile(path, password('secret'))).account;

describe('reading', () => {
  test('finds nothing new in a file that nobody has touched', async () => {
    expect(await (await loaded()).readChanged()).toBeUndefined();
  });

  test('finds what another agent has written, once', async () => {
    const file = await loaded();
    await writeAccountFile(path, withToken('newer'), key);
    expect((await file.readChanged())?.refresh_token?.reveal()).toBe('newer');
    expect(await file.readChanged()).toBeUndefined();
  });

  test('does not find what it has written itself', async () => {
    const file = await loaded();
    await file.write(withToken('second'), { spent: new Secret('first') });
    expect(await file.readChanged()).toBeUndefined();
  });

  test('uses the password for a file that was encrypted anew', async () => {
    const file = new SharedAccountFile('wlcg', async () => path, {
      key,
      password: { value: new Secret('other') },
    });
    await writeAccountFile(path, withToken('newer'), await FileKey.derive(new Secret('other')));
    expect((await file.readChanged())?.refresh_token?.reveal()).toBe('newer');
  });

  test('of a file that is gone finds nothing', async () => {
    const file = await loaded();
    await rm(path);
    expect(await file.readChanged()).toBeUndefined();
  });

  test('of a file with another password fails, until the password is known', async () => {
    const file = await loaded();
    const other = await FileKey.derive(new Secret('other'));
    await writeAccountFile(path, withToken('newer'), other);
    const error = {
      kind: 'changed',
      message: expect.stringMatching(/^another program has written the account file of 'wlcg': no password/),
      hints: ['give the agent its password: oidc-add --force wlcg'],
    };
    await expect(file.readChanged()).rejects.toMatchObject(error);
    await expect(file.readChanged()).rejects.toMatchObject(error);
    await file.offer({ key: other });
    expect((await file.readChanged())?.refresh_token?.reveal()).toBe('newer');
  });

  test('of a file that could never be read says so, and that it was changed as soon as it was', async () => {
    const file = new SharedAccountFile('wlcg', async () => path, {});
    await expect(file.readChanged()).rejects.toMatchObject({ kind: 'no-password' });
    await file.offer({});
    await expect(file.readChanged()).rejects.toMatchObject({ kind: 'no-password' });
    await writeAccountFile(path, withToken('newer'), key);
    await expect(file.readChanged()).rejects.toMatchObject({ kind: 'changed' });
    await file.offer({});
    await expect(file.readChanged()).rejects.toMatchObject({ kind: 'changed' });
    await file.offer({ key });
    expect((await file.readChanged())?.refresh_token?.reveal()).toBe('newer');
  });

  test('of a file that was encrypted anew before it was read for the first time says so', async () => {
    const file = new SharedAccountFile('wlcg', async () => path, { key });
    await writeAccountFile(path, withToken('newer'), await FileKey.derive(new Secret('secret')));
    await expect(file.readChanged()).rejects.toMatchObject({ kind: 'changed' });
  });
});

describe('a client that is about to write the file', () => {
  const other = () => FileKey.derive(new Secret('secret'));

  test('may do so with another key; who writes then is another program again', async () => {
    const file = await loaded();
    file.expectChange();
    expect(await file.readChanged()).toBeUndefined();
    await writeAccountFile(path, withToken('newer'), await other());
    await expect(file.readChanged()).rejects.toMatchObject({ kind: 'no-password' });
    await writeAccountFile(path, withToken('newest'), await other());
    await expect(file.readChanged()).rejects.toMatchObject({ kind: 'changed' });
  });

  test('and finds no room for it leaves nothing: what is known takes its place', async () => {
    const file = await loaded();
    writeFileSync(path, '');
    await file.write(withToken('second'), { spent: new Secret('first') });
    expect((await onDisk()).refresh_token?.reveal()).toBe('second');
  });
});

describe('writing', () => {
  test('puts the new refresh token on disk', async () => {
    const stored = await (await loaded()).write(withToken('second'), { spent: new Secret('first') });
    expect(stored.refresh_token?.reveal()).toBe('second');
    expect((await onDisk()).refresh_token?.reveal()).toBe('second');
  });

  test('keeps what another program has changed beside the refresh token', async () => {
    const file = await loaded();
    await writeAccountFile(path, withToken('first', { client_name: 'renamed' }), key);
    await file.write(withToken('second'), { spent: new Secret('first') });
    const { client_name, refresh_token } = await onDisk();
    expect([client_name, refresh_token?.reveal()]).toEqual(['renamed', 'second']);
  });

  test('leaves a new login alone, and gives it', async () => {
    const file = await loaded();
    await writeAccountFile(path, withToken('new login'), key);
    const stored = await file.write(withToken('second'), { spent: new Secret('first') });
    expect(stored.refresh_token?.reveal()).toBe('new login');
    expect((await onDisk()).refresh_token?.reveal()).toBe('new login');
  });

  test('of a new login takes the place of what another agent has got with the old one', async () => {
    const file = await loaded();
    await writeAccountFile(path, withRefreshToken(withToken('first'), new Secret('second of another')), key);
    const login = withToken('new login', { auth_scope: 'more' });
    await file.write(login, { spent: new Secret('first'), isNewLogin: true });
    const { refresh_token, auth_scope, replaced_refresh_tokens = [] } = await onDisk();
    expect([refresh_token?.reveal(), auth_scope]).toEqual(['new login', 'more']);
    // For that agent, too, it is the newer one.
    expect(replaced_refresh_tokens).toHaveLength(2);
  });

  test('leaves a file alone that it cannot read: it may be a new login', async () => {
    const file = await loaded();
    await writeAccountFile(path, withToken('new login'), await FileKey.derive(new Secret('other')));
    const before = readFileSync(path, 'utf8');
    await expect(file.write(withToken('second'), { spent: new Secret('first') })).rejects.toMatchObject({
      kind: 'not-saved',
      hints: ['give the agent its password: oidc-add --force wlcg'],
    });
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  test('derives the key once, from the password of a client that has given no key', async () => {
    const asked = join(folder, 'asked');
    const command = `echo once >>'${asked}'; echo secret`;
    const file = new SharedAccountFile('wlcg', async () => path, { password: { command } });
    await file.write(withToken('second'), { spent: new Secret('first') });
    await file.write(withToken('third'), { spent: new Secret('second') });
    expect((await onDisk()).refresh_token?.reveal()).toBe('third');
    expect(readFileSync(asked, 'utf8')).toBe('once\n');
  });
});

describe('a file that is gone', () => {
  const second = async (file: SharedAccountFile) =>
    (await file.write(withToken('second'), { spent: new Secret('first') })).refresh_token?.reveal();

  test('is written again, with the same key', async () => {
    const file = await loaded();
    await file.readChanged();
    await rm(path);
    expect(await second(file)).toBe('second');
    expect((await onDisk()).refresh_token?.reveal()).toBe('second');
  });

  test('is written again as plain JSON if it was that', async () => {
    writeFileSync(path, JSON.stringify(accountToJson(account)));
    const file = new SharedAccountFile('wlcg', async () => path, {});
    await file.offer({});
    await rm(path);
    await second(file);
    expect(JSON.parse(readFileSync(path, 'utf8')).refresh_token).toBe('second');
  });

  test('is written again where a symbolic link has led to', async () => {
    const link = join(folder, 'link');
    symlinkSync(path, link);
    const file = new SharedAccountFile('wlcg', async () => link, { key });
    await file.readChanged();
    await rm(path);
    await second(file);
    expect((await onDisk()).refresh_token?.reveal()).toBe('second');
  });

  test('is not encrypted with a key that nobody has tried: there is none for it', async () => {
    const file = new SharedAccountFile('wlcg', async () => path, {});
    await file.offer({});
    await rm(path);
    await expect(second(file)).rejects.toMatchObject({ kind: 'not-saved' });
    expect(existsSync(path)).toBe(false);
  });

  test.each([
    ['with its folder', async () => rm(folder, { recursive: true })],
    [
      'with its folder, in the place of which is another one',
      async () => {
        await rename(folder, `${folder}-away`);
        await mkdir(folder);
        onTestFinished(() => rmSync(`${folder}-away`, { recursive: true }));
      },
    ],
  ])('%s is not written elsewhere, and the failure says why', async (_name, remove) => {
    const file = await loaded();
    await file.readChanged();
    await remove();
    await expect(second(file)).rejects.toMatchObject({
      kind: 'not-saved',
      message: expect.stringContaining('another folder has replaced its folder'),
    });
    await mkdir(folder, { recursive: true });
  });

  test('and never was there is not made: nobody knows whether there is to be one', async () => {
    const file = new SharedAccountFile('other', async () => join(folder, 'other'), { key });
    await file.offer({});
    await expect(second(file)).rejects.toMatchObject({ kind: 'not-saved' });
    expect(file.hasFile).toBe(false);
  });

  test('and is to be so is no failure', async () => {
    const file = new SharedAccountFile('wlcg', async () => path, { inMemoryOnly: true });
    expect(await second(file)).toBe('second');
    expect((await onDisk()).refresh_token?.reveal()).toBe('first');
  });
});

describe('a file that comes back from a backup', () => {
  test('gets the newest refresh token, and loses what else is old', async () => {
    const file = await loaded();
    const rotated = withRefreshToken({ ...account, client_name: 'new' }, new Secret('second'));
    await file.write(rotated, { spent: new Secret('first') });
    const newest = withRefreshToken(rotated, new Secret('third'));
    await writeAccountFile(path, { ...account, client_name: 'old' }, key);
    expect((await file.write(newest, { spent: new Secret('second') })).refresh_token?.reveal()).toBe('third');
    const { client_name, refresh_token } = await onDisk();
    expect([client_name, refresh_token?.reveal()]).toEqual(['new', 'third']);
  });
});

describe('a way to open the file', () => {
  const wrong = { kind: 'wrong-password', message: 'wrong password' };

  test('that does not open it is refused, and what opens it is kept', async () => {
    const file = await loaded();
    const other = await FileKey.derive(new Secret('other'));
    await expect(file.offer({ key: other })).rejects.toMatchObject(wrong);
    await expect(file.offer({ password: { value: new Secret('other') } })).rejects.toMatchObject(wrong);
    await expect(file.offer({ password: { command: 'exit 1' } })).rejects.toMatchObject(wrong);
    expect(file.access.key).toBe(key);
    await file.write(withToken('second'), { spent: new Secret('first') });
    expect((await onDisk()).refresh_token?.reveal()).toBe('second');
  });

  test('that is none takes none away', async () => {
    const file = await loaded();
    await file.offer({ password: {} });
    expect(file.access.key).toBe(key);
  });

  test('that is a password is a key from then on', async () => {
    const file = new SharedAccountFile('wlcg', async () => path, {});
    await file.offer({ password: { value: new Secret('secret') } });
    expect(file.access.key?.bytes.equals(key.bytes)).toBe(true);
  });

  test('does not encrypt a plain file', async () => {
    writeFileSync(path, JSON.stringify(accountToJson(account)));
    const file = new SharedAccountFile('wlcg', async () => path, {});
    await file.offer({ key });
    await file.write(withToken('second'), { spent: new Secret('first') });
    expect(JSON.parse(readFileSync(path, 'utf8')).refresh_token).toBe('second');
  });

  test('of a hex file is its password alone: a key for the form that it will have proves nothing', async () => {
    const hex = (content: string) => Buffer.from(content, 'hex').toString('hex');
    const text = 'ea6afedcd392e2ef6e83a35ad682b55f795e5d29ae08074bf3a6b9b0';
    const salt = hex('000102030405060708090a0b0c0d0e0f');
    writeFileSync(path, `28:${salt}:${hex('000102030405060708090a0b0c0d0e0f1011121314151617')}:${text}`);
    const file = new SharedAccountFile('wlcg', async () => path, {});
    await expect(file.offer({ key })).rejects.toMatchObject(wrong);
    await file.offer({ password: { value: new Secret('geheim') } });
    expect(file.access.key).toBeDefined();
  });

  test('cannot be tried while there is no file: what is known stays, and is used for no other file', async () => {
    const file = await loaded();
    await rm(path);
    const other = await FileKey.derive(new Secret('other'));
    await file.offer({ key: other });
    expect(file.access.key).toBe(key);
  });
});

describe('a password that is kept for a while', () => {
  const storeFor = (seconds: number) =>
    new SharedAccountFile('wlcg', async () => path, {
      password: { value: new Secret('secret'), file: '/dev/null', expiresAt: Date.now() + seconds * 1000 },
    });

  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  test('is there until its time is over, and then gone, even if nobody asks for it', () => {
    const thirtyDays = 30 * 86_400;
    const file = storeFor(thirtyDays);
    vi.advanceTimersByTime(thirtyDays * 1000 - 1);
    expect(file.access.password?.value?.reveal()).toBe('secret');
    vi.advanceTimersByTime(1);
    expect(file.access.password).toMatchObject({ value: undefined, file: '/dev/null' });
  });

  test('does not stay longer when the wall clock is set back', () => {
    const file = storeFor(3600);
    vi.advanceTimersByTime(60_000);
    vi.setSystemTime(Date.now() - 86_400_000);
    vi.advanceTimersByTime(3_540_000);
    expect(file.access.password?.value).toBeUndefined();
  });

  test('does not stay longer because the computer has slept', () => {
    const file = storeFor(3600);
    vi.advanceTimersByTime(60_000);
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(60_000);
    expect(file.access.password?.value).toBeUndefined();
  });

  test('is not taken when it is old', () => {
    expect(storeFor(-1).access.password?.value).toBeUndefined();
  });

  test('that is given anew has its own time', async () => {
    const file = storeFor(10);
    await file.offer({ password: { value: new Secret('secret') } });
    vi.advanceTimersByTime(11_000);
    expect(file.access.password?.value?.reveal()).toBe('secret');
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
      throw new FileError('no-directory', 'HOME is not set');
    };
    const file = new SharedAccountFile('wlcg', nowhere, { key });
    expect(await file.lock(new AbortController().signal)).toBeUndefined();
    expect(await file.readChanged()).toBeUndefined();
    await expect(file.write(withToken('second'), { spent: new Secret('first') })).rejects.toThrow(
      'HOME is not set',
    );
  });
});
