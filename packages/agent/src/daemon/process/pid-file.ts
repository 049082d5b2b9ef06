/** The file that gives a supervisor the agent's process ID. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryName } from '../../files/saving/replace-file.ts';

const content = () => `${process.pid}\n`;

/**
 * Writes the file in one step, readable by its owner only (0600). Replaces any file at the path without following a
 * link: in a folder like /tmp another user may have put one there.
 * @throws the system error
 */
export function writePidFile(path: string): void {
  const temporary = join(dirname(path), temporaryName());
  try {
    writeFileSync(temporary, content(), { flag: 'wx', mode: 0o600 });
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Removes it, unless another agent has written its own there. */
export function removePidFile(path: string): void {
  try {
    if (readFileSync(path, 'latin1') === content()) rmSync(path);
  } catch {
    // Gone already.
  }
}
