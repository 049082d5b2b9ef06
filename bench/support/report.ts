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

/** A line of a table with a column for each contestant. */
export interface WideRow {
  readonly what: string;
  readonly unit: string;
  /** In the order of the columns; undefined where nothing can be measured. */
  readonly figures: readonly (number | undefined)[];
  /** What jeton has set itself, and whether it is met. */
  readonly targets?: readonly (readonly [target: string, met: boolean])[] | undefined;
}

/** Prints such a table, and how busy the machine was by the end. */
export function printWideTable(columns: readonly string[], rows: readonly WideRow[]): void {
  console.log(`- load average at the end: ${loadavg()[0]?.toFixed(2)}\n`);
  const line = (cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`);
  line(['what', 'unit', ...columns, 'target']);
  line(['---', '---', ...columns.map(() => '--:'), '---']);
  for (const { what, unit, figures, targets = [] } of rows) {
    const cells = figures.map((figure) => (figure === undefined ? '-' : digits(figure)));
    line([what, unit, ...cells, targets.map(([target, met]) => `${target}: ${verdict(met)}`).join('; ')]);
  }
}

const verdict = (met: boolean) => (met ? 'met' : '**missed**');

/** The target of a row, and whether it is met. */
function outcome({ ours, peer, target }: Row): string {
  if (target === undefined) return '';
  const { of, bound, value } = target;
  const wanted = `${of === 'ratio' ? 'ratio ' : ''}${bound} ${value}`;
  const figure = of === 'ours' ? ours : ours / (peer ?? Number.NaN);
  if (Number.isNaN(figure)) return wanted;
  const met = bound === 'at most' ? figure <= value : figure >= value;
  return `${wanted}: ${verdict(met)}`;
}

/** Three digits say all that a benchmark knows. */
function digits(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'no answer';
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
