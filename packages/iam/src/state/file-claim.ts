import { readFileSync, realpathSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface FileClaim {
  release(): void;
}

/** The files that this process has. */
const claimed = new Set<string>();

/**
 * Takes a file for this process alone, by a file `<file>.pid` beside it. What a process left that was killed is put
 * away, and with it `<file>.lock`, by which the SQLite library keeps others out.
 * @throws Error when another running process has it, or the folder cannot be written to
 */
export function claimFile(file: string): FileClaim {
  const path = join(realpathSync(dirname(file)), basename(file));
  const pidFile = `${path}.pid`;
  const write = () => writeFileSync(pidFile, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
  try {
    write();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const owner = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    if (isRunning(owner) && (owner !== process.pid || claimed.has(path))) {
      throw new Error(
        `process ${owner} is using it\nhint: if that is not jeton-iam, remove ${pidFile} and try again`,
      );
    }
    rmSync(pidFile);
    write();
    try {
      rmdirSync(`${path}.lock`);
    } catch {
      // Then it was not killed in the middle of its work.
    }
  }
  claimed.add(path);
  return {
    release: () => {
      claimed.delete(path);
      rmSync(pidFile, { force: true });
    },
  };
}

function isRunning(pid: number): boolean {
  if (!(pid > 0) || isZombie(pid)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Whether a process was killed and only its parent has not asked after it yet, as in a container without an init. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
