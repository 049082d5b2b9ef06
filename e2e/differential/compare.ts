/** Whether a transcript is that of the C suite but for the differences that are meant. */
import { everywhere } from './everywhere.ts';
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
  for (const { id, compared } of everywhere.filter(({ by }) => applies(by))) {
    const without = (lines: readonly string[]) => lines.flatMap((line) => compared(line) ?? []);
    const [ofC, ofOurs] = [without(expected), without(actual)];
    if (differing(ofC, ofOurs) < differing(expected, actual)) shown.push(id);
    [expected, actual] = [ofC, ofOurs];
  }
  for (const difference of differs.filter(({ by }) => applies(by))) {
    if (difference.c.length > 0) expected = replaced(expected, difference.c, difference.ours, difference);
    else actual = replaced(actual, difference.ours, [], difference);
    shown.push(difference.id);
  }
  return { expected: expected.join('\n'), actual: actual.join('\n'), shown };
}

/** How many lines of either are not in the other. */
function differing(one: readonly string[], other: readonly string[]): number {
  const only = (these: readonly string[], those: readonly string[]) =>
    those.reduce((left, line) => {
      const at = left.indexOf(line);
      return at < 0 ? left : left.toSpliced(at, 1);
    }, these).length;
  return only(one, other) + only(other, one);
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
