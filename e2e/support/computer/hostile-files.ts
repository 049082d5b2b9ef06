import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Things that a program may find in the place of a file. It must not hang, fill its memory, or crash. */
export const hostileFiles: readonly [name: string, make: (path: string) => Promise<unknown> | unknown][] = [
  ['a named pipe', (path) => execFileSync('mkfifo', [path])],
  ['a device that never ends', (path) => symlinkSync('/dev/zero', path)],
  ['a socket', (path) => once(createServer().unref().listen(path), 'listening')],
  ['a folder', (path) => mkdirSync(path)],
  ['a symbolic link to itself', (path) => symlinkSync(path, path)],
  [
    'a file of a terabyte',
    (path) => {
      writeFileSync(path, '');
      truncateSync(path, 2 ** 40);
    },
  ],
];

/** Puts something in the place of a file, does the work, and takes it away again. */
export async function inPlaceOf<Result>(
  path: string,
  make: (path: string) => Promise<unknown> | unknown,
  work: () => Promise<Result>,
): Promise<Result> {
  rmSync(path, { force: true, recursive: true });
  await make(path);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true, recursive: true });
  }
}
