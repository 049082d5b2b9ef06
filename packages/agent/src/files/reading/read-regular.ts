import type { BigIntStats } from 'node:fs';
import type { FileContent, ReadLimits } from './limits.ts';

/**
 * Reads a file that other users or programs may have put there. It waits for the disk, but neither for a process that opens the
 * other end of a named pipe, nor for the end of a device. For programs that end soon; the agent uses `readFile`.
 *
 * @param check always `checkFile`; a parameter because `readFile` passes the source of both functions to a child process, in
 * which nothing else of this module exists
 * @throws the system's error; an error with the code `NOT_REGULAR` or `TOO_LARGE` and a message for people
 */
export function readRegular(path: string, limits: ReadLimits, check = checkFile): FileContent {
  const { closeSync, constants, fstatSync, openSync, readSync } = process.getBuiltinModule('node:fs');
  const { most, mayBePipe } = limits;
  // A pipe that is allowed here may block until its writer comes, as with any program.
  const waiting = mayBePipe ? 0 : constants.O_NONBLOCK;
  const file = openSync(path, constants.O_RDONLY | constants.O_NOCTTY | waiting);
  try {
    const { size: claimed, identity } = check(path, limits, fstatSync(file, { bigint: true }));
    const pieces: Buffer[] = [];
    for (let size = 0; most > 0; ) {
      // Files of /proc claim to be empty.
      const piece = Buffer.alloc(Math.min(most, Math.max(claimed, 4096)) + 1);
      const read = readSync(file, piece);
      if (read === 0) break;
      pieces.push(piece.subarray(0, read));
      size += read;
      check(path, limits, undefined, size);
    }
    return { bytes: Buffer.concat(pieces), identity };
  } finally {
    closeSync(file);
  }
}

/**
 * Checks the type and the size of an open file, and while it is read the number of bytes so far.
 *
 * @returns the size that the system gives, and the file's identity
 * @throws an error with the code `NOT_REGULAR` or `TOO_LARGE` and a message for people
 */
export function checkFile(path: string, { most, mayBePipe }: ReadLimits, stats?: BigIntStats, read = 0) {
  const refusal = (code: string, why: string) => Object.assign(new Error(`'${path}' ${why}`), { code });
  const isWelcome = stats === undefined || stats.isFile() || (mayBePipe === true && stats.isFIFO());
  if (!isWelcome) throw refusal('NOT_REGULAR', 'is not a regular file');
  const size = Math.max(Number(stats?.size ?? 0), read);
  if (most > 0 && size > most) throw refusal('TOO_LARGE', `is larger than ${most / 1024} KiB`);
  return { size, identity: stats ? [stats.dev, stats.ino, stats.mtimeNs, stats.size].join() : '' };
}
