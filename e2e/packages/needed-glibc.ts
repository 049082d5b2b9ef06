import { execFileSync } from 'node:child_process';

/**
 * The oldest glibc 2 with which a program or a library loads.
 *
 * @returns the second number of its version: 28 for 2.28
 */
export function neededGlibc(file: string): number {
  const versions = execFileSync('readelf', ['--version-info', file], { encoding: 'utf8' });
  const needed = [...versions.matchAll(/Name: GLIBC_2\.(\d+)\S* +Flags: none/g)];
  if (needed.length === 0) throw new Error(`${file} needs no glibc`);
  return Math.max(...needed.map(([, minor]) => Number(minor)));
}
