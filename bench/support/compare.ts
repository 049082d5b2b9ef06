/** What two that do the same take, and the interleaving that makes it comparable. */

/** A line of the table. `peer` is undefined if it is not installed. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: number | undefined;
  readonly target?: Target | undefined;
}

/** What jeton has set itself. */
export interface Target {
  readonly of: 'ours' | 'ratio';
  readonly bound: 'at most' | 'at least';
  readonly value: number;
}

export const atMost = (of: Target['of'], value: number): Target => ({ of, bound: 'at most', value });
export const atLeast = (of: Target['of'], value: number): Target => ({ of, bound: 'at least', value });

/** What to read off all rounds of a contestant: name, unit, the figure itself, and what it is to be. */
export type Figure<Sample> = readonly [
  what: string,
  unit: string,
  figure: (samples: readonly Sample[]) => number,
  target?: Target | undefined,
];

/**
 * Measures all contestants in turns, so that they share whatever else the machine does meanwhile. The first round warms up
 * and does not count.
 *
 * @param rounds how often each is measured
 * @param sample one round with one of them
 */
export async function takeTurns<Name, Sample>(
  contestants: readonly Name[],
  rounds: number,
  sample: (contestant: Name) => Promise<Sample>,
): Promise<Map<Name, Sample[]>> {
  const measured = new Map(contestants.map((contestant) => [contestant, [] as Sample[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [contestant, samples] of measured) {
      const result = await sample(contestant);
      if (round > 0) samples.push(result);
    }
  }
  return measured;
}

/**
 * Measures two in turns.
 *
 * @param contestants ours and, if it is installed, its peer
 */
export async function compare<Name, Sample>(
  contestants: readonly Name[],
  rounds: number,
  sample: (contestant: Name) => Promise<Sample>,
  figures: readonly Figure<Sample>[],
): Promise<Row[]> {
  const [ours = [], peer] = (await takeTurns(contestants, rounds, sample)).values();
  return figures.map(([what, unit, figure, target]) => ({
    what,
    unit,
    ours: figure(ours),
    peer: peer === undefined ? undefined : figure(peer),
    target,
  }));
}

/** The value that a share of all values does not exceed: 0.5 gives the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);
