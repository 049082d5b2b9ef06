/** One figure of both suites, and the interleaving that makes them comparable. */
import { hasDebianSuite, type Suite } from '../../e2e/support/programs.ts';

/** A line of the table. `c` is undefined where the C suite is not installed or has no such thing. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly c: number | undefined;
}

/** The suites that are there to be measured. */
export const suites: readonly Suite[] = hasDebianSuite ? ['ours', 'c'] : ['ours'];

/**
 * Measures both suites in turns, so that they share whatever else the machine does meanwhile. The first round warms up and
 * does not count.
 *
 * @param rounds how often each suite is measured
 * @param sample one round with one suite
 * @param figures what to read off all rounds of a suite: name, unit, and the figure itself
 */
export async function compare<Sample>(
  rounds: number,
  sample: (suite: Suite) => Promise<Sample>,
  figures: readonly (readonly [what: string, unit: string, figure: (samples: readonly Sample[]) => number])[],
): Promise<Row[]> {
  const samples: Record<Suite, Sample[]> = { ours: [], c: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const suite of suites) {
      const result = await sample(suite);
      if (round > 0) samples[suite].push(result);
    }
  }
  return figures.map(([what, unit, figure]) => ({
    what,
    unit,
    ours: figure(samples.ours),
    c: samples.c.length > 0 ? figure(samples.c) : undefined,
  }));
}

/** The value that a share of all values does not exceed: 0.5 gives the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);
