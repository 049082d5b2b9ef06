import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { create } from './lock-file.ts';

/** File systems that are not to be had in a test: what `link` answers there. */
const { link } = vi.hoisted(() => ({ link: vi.fn<typeof fs.link>() }));
vi.mock('node:fs/promises', async (importOriginal) => ({ ...(await importOriginal<typeof fs>()), link }));
const { link: realLink } = await vi.importActual<typeof fs>('node:fs/promises');
const systemError = (code: string) => Object.assign(new Error(`${code}: no, link`), { code });

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-file-'));
  file = join(folder, '.wlcg.lock');
  return () => rmSync(folder, { recursive: true });
});

test.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])(
  'without hard links (%s) one of many makes it',
  async (code) => {
    link.mockImplementation(() => Promise.reject(systemError(code)));
    const made = await Promise.all(Array.from({ length: 8 }, (_, index) => create(file, `${index}`)));
    expect(made.filter((one) => one !== undefined)).toEqual([readFileSync(file, 'utf8')]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['.wlcg.lock']);
  },
);

test.each(['EEXIST', 'EIO'])(
  'over NFS the answer was lost, and the second try said %s: it is made',
  async (code) => {
    link.mockImplementation(async (...names) => {
      await realLink(...names);
      throw systemError(code);
    });
    expect(await create(file, 'mine')).toBe('mine');
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(readdirSync(folder)).toEqual(['.wlcg.lock']);
  },
);

test('if there is one it stays', async () => {
  link.mockImplementation(realLink);
  writeFileSync(file, 'theirs');
  expect(await create(file, 'mine')).toBeUndefined();
  expect(readFileSync(file, 'utf8')).toBe('theirs');
  expect(readdirSync(folder)).toEqual(['.wlcg.lock']);
});

test('if another process has taken it away before it had its name, it is not made, and that is no error', async () => {
  link.mockImplementation((from, to) => {
    rmSync(from);
    return realLink(from, to);
  });
  expect(await create(file, 'mine')).toBeUndefined();
  expect(readdirSync(folder)).toEqual([]);
});
