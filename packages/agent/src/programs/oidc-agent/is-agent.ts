import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Whether a process is an agent, ours or that of the C suite: the system uses process IDs again, and in a container an ID may
 * belong to another process.
 */
export function isAgent(pid: number): boolean {
  const [program = '', script = ''] = commandLine(pid);
  // That of the C suite may have its version in its name.
  if (basename(program).startsWith('oidc-agent')) return true;
  // In the foreground, ours is a script that Node runs.
  return basename(program) === 'node' && /^oidc-agent(\.cjs)?$/.test(basename(script));
}

/** The command line of a process, or its title; empty if no such process exists. */
function commandLine(pid: number): string[] {
  try {
    if (existsSync('/proc/self')) return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
    const ps = execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'latin1' });
    return ps.trim().split(' ');
  } catch {
    return [];
  }
}
