import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenFile, tokenFilePath } from './token-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jeton-token-file-'));
  path = join(folder, 'bt');
});
afterEach(() => rmSync(folder, { recursive: true }));

const uid = process.getuid?.();

it.each([
  [{ BEARER_TOKEN_FILE: '/home/me/token', XDG_RUNTIME_DIR: '/run/user/1' }, '/home/me/token'],
  [{ BEARER_TOKEN_FILE: '', XDG_RUNTIME_DIR: '/run/user/1' }, `/run/user/1/bt_u${uid}`],
  [{}, `/tmp/bt_u${uid}`],
  [{ BEARER_TOKEN_FILE: 'token' }, join(process.cwd(), 'token')],
])('with %j, programs look in %s', (env, expected) => {
  expect(tokenFilePath(env)).toBe(expected);
});

it('holds the token and nothing else, for its owner only', () => {
  new TokenFile(path).write('abc.def');
  expect(readFileSync(path, 'utf8')).toBe('abc.def');
  expect(lstatSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['bt']);
});

it('is replaced, not written to: who reads gets one token or the other', () => {
  const file = new TokenFile(path);
  file.write('first');
  const { ino } = lstatSync(path);
  file.write('second');
  expect(lstatSync(path).ino).not.toBe(ino);
  expect(readFileSync(path, 'utf8')).toBe('second');
});

it('is removed once', () => {
  const file = new TokenFile(path);
  file.write('token');
  expect(file.remove()).toBe(true);
  expect(existsSync(path)).toBe(false);
  expect(file.remove()).toBe(false);
});

it('stays when it is somebody else who wrote it last', () => {
  const [file, other] = [new TokenFile(path), new TokenFile(path)];
  file.write('mine');
  other.write('theirs');
  expect(file.remove()).toBe(false);
  expect(readFileSync(path, 'utf8')).toBe('theirs');
});

describe('is refused', () => {
  it('as a symbolic link, which could lead anywhere', () => {
    const target = join(folder, 'target');
    writeFileSync(target, 'precious');
    symlinkSync(target, path);
    expect(() => new TokenFile(path).write('token')).toThrow('not a regular file');
    expect(readFileSync(target, 'utf8')).toBe('precious');
  });

  it('as a folder', () => {
    mkdirSync(path);
    expect(() => new TokenFile(path).write('token')).toThrow('not a regular file');
  });

  it('in a folder to which others can write', () => {
    chmodSync(folder, 0o777);
    expect(() => new TokenFile(path).write('token')).toThrow('other users can write to its folder');
    // As /tmp: nobody can remove what belongs to others.
    chmodSync(folder, 0o1777);
    new TokenFile(path).write('token');
  });

  it.runIf(uid === 0)("when it is another user's", async () => {
    const { chownSync } = await import('node:fs');
    writeFileSync(path, 'bait', { mode: 0o666 });
    chownSync(path, 65534, 65534);
    expect(() => new TokenFile(path).write('token')).toThrow('it belongs to another user');
    rmSync(path);
    chownSync(folder, 65534, 65534);
    expect(() => new TokenFile(path).write('token')).toThrow('its folder belongs to another user');
  });

  it('where there is no folder, with a hint', () => {
    const file = new TokenFile(join(folder, 'missing', 'bt'));
    expect(() => file.write('token')).toThrow(
      /^could not write the token to .*: no such file or directory \(ENOENT\)$/,
    );
  });
});
