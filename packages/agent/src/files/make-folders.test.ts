import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolders } from './make-folders.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jeton-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('makes a folder and those above it, for its owner only', () => {
  expect(makeFolders(join(folder, 'a', 'b', 'c'))).toBe(true);
  for (const path of ['a', 'a/b', 'a/b/c']) {
    expect(statSync(join(folder, path)).mode & 0o777).toBe(0o700);
  }
  expect(makeFolders(join(folder, 'a', 'b', 'c'))).toBe(false);
});

it('fails at a file', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => makeFolders(join(folder, 'file'))).toThrow('EEXIST');
  expect(() => makeFolders(join(folder, 'file', 'below'))).toThrow('ENOTDIR');
});

it.skipIf(process.platform !== 'linux')('ends where none can be made', () => {
  expect(() => makeFolders('/proc/no/such/folder')).toThrow('ENOENT');
});
