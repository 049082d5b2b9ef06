/** Whether a transcript is that of the C suite but for the differences that are meant. */
import { type DifferenceEverywhere, everywhere } from './everywhere.ts';
import type { Difference, MixName, Part, Scenario } from './scenario.ts';

export interface Compared {
  /** What the transcript must be. */
  readonly expected: string;
  readonly actual: string;
  /** The differences of docs/compatibility.md that show here. */
  readonly shown: readonly string[];
}

/** @throws Error for a difference of the scenario that does not show any more */
export function compare(
  { differs = [] }: Scenario,
  reference: readonly string[],
  transcript: readonly string[],
  mix: MixName,
): Compared {
  const [programs, agent] = mix.split('/');
  const applies = (by: Part) =>
    by === mix ||
    (by === 'programs' && programs === 'ours') ||
    (by === 'agent' && agent === 'ours') ||
    by === 'either';
  const shown: string[] = [];
  let [expected, actual] = [[...reference], [...transcript]];
  for (const difference of differs.filter(({ by }) => applies(by))) {
    if (difference.c.length > 0) expected = replaced(expected, difference.c, difference.ours, difference);
    else actual = replaced(actual, difference.ours, [], difference);
    shown.push(difference.id);
  }
  for (const difference of everywhere.filter(({ by }) => applies(by))) {
    const [ofC, ofOurs] = without(difference, expected, actual);
    if (ofC.join('\n') !== expected.join('\n') || ofOurs.length < actual.length) shown.push(difference.id);
    [expected, actual] = [ofC, ofOurs];
  }
  return { expected: expected.join('\n'), actual: actual.join('\n'), shown };
}

/** Both without a difference. */
function without(
  { instead = (line) => line, added, fewer }: DifferenceEverywhere,
  c: readonly string[],
  ours: readonly string[],
): [c: string[], ours: string[]] {
  const [some, all] = [ours, c].map((lines) => lines.filter((line) => fewer?.test(line)).length);
  if (fewer !== undefined && (some ?? 0) <= (all ?? 0)) {
    return [c.filter((line) => !fewer?.test(line)), ours.filter((line) => !fewer?.test(line))];
  }
  const onlyOurs = surplus(ours, c);
  const ofC = inPlace(c, ours, (line) => instead(line, onlyOurs));
  return [ofC, inPlace(ours, ofC, (line) => (added?.test(line) ? undefined : line))];
}

/** The lines that the others lack. */
function surplus(lines: readonly string[], others: readonly string[]): string[] {
  const found: string[] = [];
  inPlace(lines, others, (line) => {
    found.push(line);
    return line;
  });
  return found;
}

/** The lines, with something else in place of those that the others lack. */
function inPlace(
  lines: readonly string[],
  others: readonly string[],
  instead: (line: string) => string | undefined,
): string[] {
  const left = [...others];
  return lines.flatMap((line) => {
    const at = left.indexOf(line);
    if (at < 0) return instead(line) ?? [];
    left.splice(at, 1);
    return line;
  });
}

function replaced(
  lines: readonly string[],
  block: readonly string[],
  by: readonly string[],
  { id, c }: Difference,
): string[] {
  const at = lines.findIndex((_, start) => block.every((line, index) => lines[start + index] === line));
  if (at >= 0) return [...lines.slice(0, at), ...by, ...lines.slice(at + block.length)];
  const whose = c.length > 0 ? 'the C suite' : 'ours';
  throw new Error(`'${id}' does not show: ${whose} has no\n${block.join('\n')}\nbut\n${lines.join('\n')}`);
}
