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
  console.log(`- the ratio: below 1 ${ours} takes less; of a throughput, above 1 ${ours} gives more\n`);
  const withTargets = rows.some(({ target }) => target !== undefined);
  const line = (cells: readonly string[], target: string) =>
    console.log(`| ${(withTargets ? [...cells, target] : cells).join(' | ')} |`);
  line(['what', 'unit', ours, peer, `${ours} / ${peer}`], 'target');
  line(['---', '---', '--:', '--:', '--:'], '---');
  for (const row of rows) {
    const [figure, ratio] =
      row.peer === undefined ? ['-', '-'] : [digits(row.peer), digits(row.ours / row.peer)];
    line([row.what, row.unit, digits(row.ours), figure, ratio], outcome(row));
  }
}

/** The target of a row, and whether it is met. */
function outcome({ ours, peer, target }: Row): string {
  if (target === undefined) return '';
  const { of, bound, value } = target;
  const wanted = `${of === 'ratio' ? 'ratio ' : ''}${bound} ${value}`;
  const figure = of === 'ours' ? ours : ours / (peer ?? Number.NaN);
  if (Number.isNaN(figure)) return wanted;
  const met = bound === 'at most' ? figure <= value : figure >= value;
  return `${wanted}: ${met ? 'met' : '**missed**'}`;
}

/** Three digits say all that a benchmark knows. */
function digits(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'no answer';
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
