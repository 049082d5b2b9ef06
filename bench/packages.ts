/** Measures how long programs from the tarball take to start, and those that npm installs. See docs/performance.md. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ourPrograms } from '../e2e/support/computer/programs.ts';
import { atMost, compare, median } from './support/compare.ts';
import { printHeader, printTable } from './support/report.ts';

const ROUNDS = 50;
const PROGRAMS = ['oidc-gen', 'oidc-add', 'jeton', 'jeton-iam'];

const tree = join('packaging/dist', `linux-${process.arch}`);
execFileSync(process.execPath, ['packaging/package.js', process.arch], { stdio: 'ignore' });
const node = execFileSync(join(tree, 'lib/jeton/node'), ['--version'], { encoding: 'utf8' });
printHeader([['Node in the tarball', node.trim()]]);
const rows = await compare<string, readonly number[]>(
  [join(tree, 'bin'), ourPrograms],
  ROUNDS,
  async (folder) => PROGRAMS.map((program) => start(join(folder, program))),
  PROGRAMS.map((program, index) => [
    `${program} --version`,
    'ms, median',
    (samples) => median(samples.map((times) => times[index] ?? Number.NaN)),
    // A server starts once.
    program === 'jeton-iam' ? undefined : atMost('ratio', 1.15),
  ]),
);
printTable('tarball', 'npm', rows);

/** @returns milliseconds from the start of a program to its end */
function start(program: string): number {
  const began = performance.now();
  const { status } = spawnSync(program, ['--version'], { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
  return performance.now() - began;
}
