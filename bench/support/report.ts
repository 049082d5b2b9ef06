/** What a benchmark prints: what it ran on, and its table in Markdown. */
import { cpus, loadavg, release } from 'node:os';
import type { Sandbox } from '../../e2e/support/sandbox.ts';
import { type Row, suites } from './compare.ts';

/** The versions and the machine: without them a figure says nothing. */
export async function printHeader(sandbox: Sandbox): Promise<void> {
  console.log(`- date: ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`);
  for (const suite of ['ours', 'c'] as const) {
    const name = suite === 'ours' ? 'jeton' : 'C suite';
    const { stdout } = suites.includes(suite)
      ? await sandbox.run('oidc-token', ['--version'], { suite })
      : { stdout: 'not installed (Debian package oidc-agent-cli)' };
    console.log(`- ${name}: ${stdout.trim()}`);
  }
  const processors = cpus();
  console.log(`- Node: ${process.version}`);
  console.log(
    `- machine: ${processors.length} CPUs, ${processors[0]?.model}, ${process.platform} ${release()}`,
  );
  console.log(`- load average at the start: ${loadavg()[0]?.toFixed(2)}`);
}

/** Prints the rows as a table, and how busy the machine was by the end. */
export function printTable(rows: readonly Row[]): void {
  console.log(`- load average at the end: ${loadavg()[0]?.toFixed(2)}`);
  console.log('- the last column: below 1 jeton takes less; of a throughput, above 1 jeton gives more\n');
  console.log('| what | unit | jeton | C suite | jeton / C |');
  console.log('|---|---|--:|--:|--:|');
  for (const { what, unit, ours, c } of rows) {
    const [figure, ratio] = c === undefined ? ['-', '-'] : [digits(c), digits(ours / c)];
    console.log(`| ${what} | ${unit} | ${digits(ours)} | ${figure} | ${ratio} |`);
  }
}

/** Three digits say all that a benchmark knows. */
function digits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
