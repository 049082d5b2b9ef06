/** Processes that are not children of the test: agents, and what they started. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Ends a process that is not our child, and waits until it is gone. */
export async function endProcess(pid: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  try {
    process.kill(pid, signal);
  } catch {
    return;
  }
  await processEnd(pid);
}

/** Waits until a process has ended by itself that is not our child. */
export async function processEnd(pid: number): Promise<void> {
  while (isRunning(pid)) await setTimeout(5);
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) return true;
    // One that has ended stays in the table of processes until init has looked, which may take a second. But it has its
    // files and sockets as long as one of its other threads is not through.
    return readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false;
  }
}

/** The running processes with a path below the folder in their environment, by what the system knows. */
export function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => readProcess(pid, 'environ').includes(`${folder}/`) && isRunning(pid));
}

/** The command line of a process, its arguments divided by NUL; empty for a process that has ended. */
export function commandLineOf(pid: number): string {
  return readProcess(pid, 'cmdline');
}

/** A file of a process; empty where the process has ended, or belongs to another user. */
function readProcess(pid: number, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
