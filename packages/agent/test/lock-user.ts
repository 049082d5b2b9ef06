/** A program for the tests of the lock: `count FILE TIMES`, `hold FILE` or `wait FILE`. */
import { writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { acquire, withLock } from '../src/files/lock/lock.ts';
import { replaceFile } from '../src/files/saving/replace-file.ts';

const [, , command, file = '', times = ''] = process.argv;

if (command === 'count') {
  for (let time = 0; time < Number(times); time += 1) {
    await withLock(file, async () => replaceFile(file, String(Number(await readFile(file, 'utf8')) + 1)));
    // Each reported count is done; if this process is killed here, a count may be done and not reported.
    writeSync(1, '+');
  }
} else if (command === 'wait') {
  // Nothing but the wait for the second lock keeps this process alive.
  const lock = await acquire(file);
  await acquire(file, { wait: 0.1 }).catch((error: unknown) => writeSync(1, String(error)));
  await lock.release();
} else {
  await acquire(file);
  writeSync(1, 'held');
  setInterval(() => {}, 60_000);
}
