/** What processes take, as Linux counts it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

/** A process and all that it started. */
export function processTree(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(processTree)];
}

/** Resident memory of a process and all that it started, in MiB. What they share counts for each. */
export function residentMiB(pid: number): number {
  return sum(
    processTree(pid).map((member) => {
      const path = `/proc/${member}/status`;
      // One that ended meanwhile has none.
      const [, kilobytes = 0] =
        /^VmRSS:\s*(\d+) kB/m.exec(existsSync(path) ? readFileSync(path, 'utf8') : '') ?? [];
      return Number(kilobytes) / 1024;
    }),
  );
}

/** Processor time that a process and all that it started have used up to now, in milliseconds. */
export function processorMs(pid: number): number {
  const threads = processTree(pid).flatMap((member) =>
    readdirSync(`/proc/${member}/task`).map((thread) => `/proc/${member}/task/${thread}/schedstat`),
  );
  return sum(threads.map((file) => Number(readFileSync(file, 'utf8').split(' ', 1)) / 1e6));
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
