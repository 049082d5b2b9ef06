/** What processes take, as Linux counts it. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Sandbox } from '../../e2e/support/computer/sandbox.ts';

/** Times each call in the shell that makes it. */
const timedLoop = `
count=$1; shift
for ((call = 0; call < count; call++)); do
  begin=$EPOCHREALTIME
  "$@" >/dev/null || exit
  end=$EPOCHREALTIME
  echo $((\${end/./} - \${begin/./}))
done`;

/**
 * Runs a command again and again, as a shell script does: from fork to exit.
 * @returns milliseconds of each call
 */
export async function timeCalls(
  sandbox: Sandbox,
  count: number,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number[]> {
  const { stdout, stderr, code } = await sandbox.run(
    '/bin/bash',
    ['-c', timedLoop, 'bash', String(count), ...command],
    { env },
  );
  if (code !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((microseconds) => Number(microseconds) / 1000);
}

/** A process and all that it started, without those that have ended meanwhile. */
export function processTree(pid: number): number[] {
  const children = threads(pid).flatMap((thread) =>
    contentOf(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(processTree)];
}

/** Resident memory of a process and all that it started, in MiB. What they share counts for each. */
export function residentMiB(pid: number): number {
  return sum(processTree(pid).map((member) => kilobytes(`/proc/${member}/status`, 'VmRSS'))) / 1024;
}

/** What of it is a process's own: memory that several processes share is divided by their number (proc(5), `smaps_rollup`). In MiB. */
export function proportionalMiB(pid: number): number {
  return sum(processTree(pid).map((member) => kilobytes(`/proc/${member}/smaps_rollup`, 'Pss'))) / 1024;
}

/** Memory that a process and all that it started do not let the system swap, in MiB. */
export function lockedMiB(pid: number): number {
  return sum(processTree(pid).map((member) => kilobytes(`/proc/${member}/status`, 'VmLck'))) / 1024;
}

/** Clock ticks per second, in which /proc counts: the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Processor time that a process, all that it started, and those of them that have ended used up to now, in milliseconds. What
 * has ended counts in whole hundredths of a second.
 */
export function processorMs(pid: number): number {
  // The name in parentheses may contain spaces. See proc_pid_stat(5): cutime and cstime.
  const [, fields = ''] = /^.*\) (.*)$/m.exec(contentOf(`/proc/${pid}/stat`)) ?? [];
  const ended = fields.split(' ').slice(13, 15).map(Number);
  return sum(processTree(pid).map(ownProcessorMs)) + (sum(ended) / TICKS_PER_SECOND) * 1000;
}

/** Processor time that a process alone has used up to now, in milliseconds. */
export function ownProcessorMs(pid: number): number {
  return sum(
    threads(pid).map(
      (thread) => Number(contentOf(`/proc/${pid}/task/${thread}/schedstat`).split(' ', 1)) / 1e6,
    ),
  );
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** A line of a file like /proc/PID/status; 0 if the process has ended. */
function kilobytes(file: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(contentOf(file))?.[1] ?? 0);
}

/** The content of a file of /proc; empty if the process has ended. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
