/** The file that tells a supervisor which process the agent is. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryName } from '../../files/replace-file.ts';

const content = () => `${process.pid}\n`;

/**
 * Writes it in one step, for its owner only (0600). What is at the path is replaced, not followed: in a folder like /tmp
 * somebody else may have put a link there. Throws the system's error.
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
