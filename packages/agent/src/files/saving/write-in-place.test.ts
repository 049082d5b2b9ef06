import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { replaceFile } from './replace-file.ts';
import { writeInPlace } from './write-in-place.ts';

const canMount = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'write-in-place-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function mount(args: readonly string[], at: string): void {
  expect(spawnSync('mount', [...args, at]).status).toBe(0);
  onTestFinished(() => void spawnSync('umount', ['-l', at]));
}

test('a shorter content leaves nothing of a longer one, and others can read it no more', async () => {
  const file = join(makeFolder(), 'wlcg');
  writeFileSync(file, 'long before');
  chmodSync(file, 0o644);
  await writeInPlace(file, 'short', false);
  expect(readFileSync(file, 'utf8')).toBe('short');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test.skipIf(!canMount)(
  'a mounted file on a disk that is full keeps its old content (needs root)',
  async () => {
    const [disk, folder] = [makeFolder(), makeFolder()];
    mount(['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs'], disk);
    const [outside, file] = [join(disk, 'wlcg'), join(folder, 'wlcg')];
    const old = 'old '.repeat(1000);
    for (const path of [outside, file]) writeFileSync(path, old);
    mount(['--bind', outside], file);
    expect(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(16 * 1024))).toThrow('ENOSPC');
    await expect(replaceFile(file, 'new '.repeat(2000))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(readFileSync(outside, 'utf8')).toBe(old);
    rmSync(join(disk, 'filler'));
    await replaceFile(file, 'new '.repeat(2000));
    expect(readFileSync(outside, 'utf8')).toBe('new '.repeat(2000));
    expect(readdirSync(folder)).toEqual(['wlcg']);
  },
);
