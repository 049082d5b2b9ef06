import { readFileSync, realpathSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface FileClaim {
  release(): void;
}

/** The files that this process has claimed. */
const claimed = new Set<string>();

/**
 * Claims a file for this process alone, by a file `<file>.pid` beside it. Removes the files of a process that was killed: `<file>.pid`,
 * and `<file>.lock`, with which the SQLite library locks out other processes.
 * @throws Error if another running process has claimed it, or if the folder is not writable
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
      // The process was not killed during a write.
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

/** Whether a process has ended but its parent has not waited for it, as in a container without an init. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
