/** Limits of processes that run, set from outside by prlimit (Debian: util-linux). */
import { spawnSync } from 'node:child_process';

export const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

/**
 * Lowers a limit of a process, as its own user may, up to the one that cannot be exceeded.
 * @param name of the resource, as prlimit has it: `as`, `nofile`, `nproc`
 * @returns a function that raises it again
 */
export function lowerLimit(
  pid: number,
  name: string,
  limit: number,
  user: { uid?: number; gid?: number } = {},
): () => void {
  const prlimit = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('prlimit', ['--pid', `${pid}`, ...args], user);
    if (status !== 0) throw new Error(`prlimit: ${stderr}`);
    return `${stdout}`.trim();
  };
  const most = prlimit(`--${name}`, '--output=HARD', '--noheadings');
  prlimit(`--${name}=${limit}:`);
  return () => void prlimit(`--${name}=${most}:`);
}
