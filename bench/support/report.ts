/** What a benchmark prints: what it ran on, and its table in Markdown. */
import { cpus, loadavg, release } from 'node:os';
import type { Row } from './compare.ts';

/** The versions and the machine: without them a figure says nothing. */
export function printHeader(versions: readonly (readonly [name: string, version: string])[]): void {
  console.log(`- date: ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`);
  for (const [name, version] of versions) console.log(`- ${name}: ${version}`);
  const processors = cpus();
  console.log(`- Node: ${process.version}`);
  console.log(
    `- machine: ${processors.length} CPUs, ${processors[0]?.model}, ${process.platform} ${release()}`,
  );
  console.log(`- load average at the start: ${loadavg()[0]?.toFixed(2)}`);
}

/** Prints the rows as a table, and how busy the machine was by the end. */
export function printTable(ours: string, peer: string, rows: readonly Row[]): void {
  console.log(`- load average at the end: ${loadavg()[0]?.toFixed(2)}`);
  console.log(`- the last column: below 1 ${ours} takes less; of a throughput, above 1 ${ours} gives more\n`);
  console.log(`| what | unit | ${ours} | ${peer} | ${ours} / ${peer} |`);
  console.log('|---|---|--:|--:|--:|');
  for (const { what, unit, ours, peer } of rows) {
    const [figure, ratio] = peer === undefined ? ['-', '-'] : [digits(peer), digits(ours / peer)];
    console.log(`| ${what} | ${unit} | ${digits(ours)} | ${figure} | ${ratio} |`);
  }
}

/** Three digits say all that a benchmark knows. */
function digits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
