import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { forReading } from '../threads.ts';
import { identityOf, readFile } from './read-file.ts';
import { readRegular } from './read-regular.ts';

const most = 8192;
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jeton read ü '));
  path = join(folder, 'file');
  return () => rmSync(folder, { recursive: true });
});

/** With all threads of its share gone, so that another process reads. */
async function withoutThreads(path: string, limits: { most: number }) {
  const threads = await Promise.all(Array.from({ length: 4 }, () => forReading.take()));
  try {
    return await readFile(path, limits);
  } finally {
    for (const giveBack of threads) giveBack?.();
  }
}

describe.each([
  ['readFile', readFile],
  ['readFile without a thread', withoutThreads],
  ['readRegular', async (path: string, limits: { most: number }) => readRegular(path, limits)],
])('%s', (_name, read) => {
  const failure = async () => await read(path, { most }).catch((error: unknown) => error);

  test('gives what is in the file, to the last byte that it may have', async () => {
    for (const size of [0, 1, most - 1, most]) {
      const bytes = Buffer.alloc(size, 'ü\0\n');
      writeFileSync(path, bytes);
      expect((await read(path, { most })).bytes.equals(bytes)).toBe(true);
    }
  });

  test('reads a file that claims to be empty', async () => {
    expect((await read('/proc/self/cmdline', { most })).bytes.length).toBeGreaterThan(0);
  });

  test('refuses a file that is larger, whatever it claims', async () => {
    writeFileSync(path, Buffer.alloc(most + 1));
    expect(await failure()).toMatchObject({ code: 'TOO_LARGE', message: `'${path}' is larger than 8 KiB` });
    truncateSync(path, 2 ** 40);
    expect(await failure()).toMatchObject({ code: 'TOO_LARGE' });
    await expect(read('/proc/kallsyms', { most })).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  test.each([
    ['a named pipe', () => execFileSync('mkfifo', [path])],
    ['a folder', () => mkdirSync(path)],
    ['a device', () => symlinkSync('/dev/zero', path)],
  ])('refuses %s, without waiting', async (_what, make) => {
    make();
    expect(await failure()).toMatchObject({
      code: 'NOT_REGULAR',
      message: `'${path}' is not a regular file`,
    });
  });

  test('gives the error of the system for what cannot be opened', async () => {
    expect(await failure()).toMatchObject({ code: 'ENOENT' });
    symlinkSync(path, path);
    expect(await failure()).toMatchObject({ code: 'ELOOP' });
    rmSync(path);
    const server = createServer().listen(path);
    await once(server, 'listening');
    expect(await failure()).toMatchObject({ code: 'ENXIO' });
    server.close();
  });

  test('tells a file that was written from what it was, and knows it by all of its names', async () => {
    writeFileSync(path, 'one');
    symlinkSync(path, join(folder, 'link'));
    const { identity } = await read(path, { most });
    expect((await read(join(folder, 'link'), { most })).identity).toBe(identity);
    expect(await identityOf(path)).toBe(identity);
    writeFileSync(path, 'more');
    expect((await read(path, { most })).identity).not.toBe(identity);
  });
});

test('who asks while a file is read gets nothing that is older than the question', async () => {
  writeFileSync(path, 'old');
  const first = readFile(path, { most });
  writeFileSync(path, 'new');
  const others = await Promise.all([1, 2, 3].map(() => readFile(path, { most })));
  await first;
  expect(others.map(({ bytes }) => bytes.toString())).toEqual(['new', 'new', 'new']);
});

test('a pipe that is welcome is read to its end, however late its writer writes', async () => {
  execFileSync('mkfifo', [path]);
  const writer = await open(path, 'r+');
  const read = readFile(path, { most, mayBePipe: true });
  await writer.write('secret\n');
  await writer.close();
  expect((await read).bytes.toString()).toBe('secret\n');
});

test('a file that may not be read says so', async (context) => {
  context.skip(process.getuid?.() !== 0, 'only root can become somebody else');
  writeFileSync(path, 'secret');
  chmodSync(path, 0o600);
  chmodSync(folder, 0o755);
  process.seteuid?.(65534);
  try {
    await expect(readFile(path, { most })).rejects.toMatchObject({ code: 'EACCES' });
  } finally {
    process.seteuid?.(0);
  }
});
