import { writeSync } from 'node:fs';

/**
 * Writes all of `text` before it returns. `process.stdout` would do the same, but setting it up takes longer than
 * the rest of oidc-token.
 *
 * @param fd 1 for data, 2 for everything else
 * @throws the system's error, EPIPE included when the reader is gone
 */
export function writeAll(fd: 1 | 2, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      // Another process made the pipe non-blocking, and its reader is slow.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
