/** Inspects the processes of this computer. */
import { readFileSync } from 'node:fs';
import { systemErrorCode } from './system-error.ts';

/** Whether a process with this ID exists, possibly a different one from before. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return systemErrorCode(error) !== 'ESRCH';
  }
  const status = processStatus(pid);
  // A killed process has ended when its last thread has left the kernel: until then a rename may still happen.
  return !(status !== undefined && /[ZX]/.test(status.state) && status.threads <= 1);
}

/**
 * The start time of a process, in clock ticks of the kernel. It distinguishes a process from a later one with the same ID.
 * Undefined if the system does not report it.
 */
export function startTime(pid: number): string | undefined {
  return processStatus(pid)?.started;
}

/** From proc_pid_stat(5); undefined without such a file system. */
function processStatus(pid: number) {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses, which may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', threads = '', started = ''] = [fields[0], fields[17], fields[19]];
  return { state, threads: Number(threads), started };
}
