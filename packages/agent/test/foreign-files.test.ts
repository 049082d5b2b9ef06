/** What others may have written is read by the functions in `files/` alone: they have a bound and a deadline. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '../src');
const places = ['accounts', 'config', 'daemon', 'files', 'login', 'oauth'];

/** Where else a file is opened to be read, and why that is in order. */
const others: Readonly<Record<string, string>> = {
  'daemon/socket/connection-limit.ts': '/proc/self/limits is written by the system',
  'daemon/process/main.ts': 'the pipe that the starter has made',
  'daemon/process/pid-file.ts': 'the file that the agent has written itself',
  'oauth/browser/connection-user.ts': '/proc/net is written by the system',
  'files/lock/lock-file.ts':
    'without waiting, 4 KiB at most, and in the share of threads for the folder of the accounts',
  'files/lock/lock-owner.ts': '/proc is written by the system',
  'files/mount-points.ts': '/proc is written by the system',
  'files/process.ts': '/proc is written by the system',
  'files/read-file.ts': 'the function by which all others read',
  'files/replace-file.ts': 'opens what it makes itself, and the folder',
  'files/write-in-place.ts':
    'without waiting, a regular file that was read before, in the share of threads for keeping',
};

test('no other file of the agent opens a file', () => {
  const readers = places.flatMap((place) =>
    readdirSync(join(source, place), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => `${place}/${name}`)
      .filter((file) => {
        const imports =
          readFileSync(join(source, file), 'utf8').match(/^import [^;]*'node:fs(\/promises)?';/gm) ?? [];
        return imports.some((line) =>
          /\b(readFile|readFileSync|open|openSync|createReadStream)\b|\* as/.test(line),
        );
      }),
  );
  expect(readers.sort()).toEqual(Object.keys(others).sort());
});
