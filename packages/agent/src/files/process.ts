/** What can be known of the processes of this computer. */
import { readFileSync } from 'node:fs';
import { systemErrorCode } from './errors.ts';

/** Whether there is a process of this number, be it another one than it was. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return systemErrorCode(error) !== 'ESRCH';
  }
  const status = processStatus(pid);
  // One that was killed is over when its last thread has left the kernel: until then a rename may still happen.
  return !(status !== undefined && /[ZX]/.test(status.state) && status.threads <= 1);
}

/**
 * When a process began, in the kernel's own count, so that a number that is used again is not taken for the same process.
 * Undefined where the system does not tell.
 */
export function startTime(pid: number): string | undefined {
  return processStatus(pid)?.started;
}

/** From proc_pid_stat(5); undefined where there is no such file system. */
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
