import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { replaceFile } from './replace-file.ts';

/** What another process does in the middle of a save. */
const { rename } = vi.hoisted(() => ({ rename: vi.fn<typeof fs.rename>() }));
vi.mock('node:fs/promises', async (importOriginal) => ({ ...(await importOriginal<typeof fs>()), rename }));
const { rename: realRename } = await vi.importActual<typeof fs>('node:fs/promises');

test('a file is replaced, too, when another process has taken the new one for left behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'replace-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  rename.mockImplementation(realRename).mockImplementationOnce((from, to) => {
    rmSync(from);
    return realRename(from, to);
  });
  await replaceFile(join(folder, 'wlcg'), 'new');
  expect(readFileSync(join(folder, 'wlcg'), 'utf8')).toBe('new');
  expect(readdirSync(folder)).toEqual(['wlcg']);
});
