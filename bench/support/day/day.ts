/** What a day took, and what it would have with another `sleep-after`. */
import type { WideRow } from '../report.ts';
import type { WakeCost } from './wakes.ts';

export interface Day {
  readonly name: string;
  readonly hours: number;
  /** The programs that were run. */
  readonly requests: number;
  /** The times at which the agent woke, in seconds of the day; a client asked, or something was due. */
  readonly wakes: readonly { readonly at: number; readonly isAsked: boolean }[];
  readonly asleepMiB: number;
  /** Of the sleeping process alone. */
  readonly asleepProcessorSeconds: number;
}

export interface Costs {
  readonly asked: WakeCost;
  readonly due: WakeCost;
  /** The `sleep-after` with which they were measured. */
  readonly sleepAfter: number;
}

interface Total {
  readonly wakes: number;
  readonly awakeSeconds: number;
  readonly processorSeconds: number;
  readonly meanMiB: number;
}

/** A wake that begins while the agent is awake is none. */
function total(day: Day, { asked, due, sleepAfter }: Costs, otherSleepAfter = sleepAfter): Total {
  let wakes = 0;
  let processorSeconds = day.asleepProcessorSeconds;
  let awakeSeconds = 0;
  let megabyteSeconds = 0;
  let awakeUntil = Number.NEGATIVE_INFINITY;
  for (const { at, isAsked } of day.wakes) {
    const cost = isAsked ? asked : due;
    const seconds = isAsked ? asked.seconds - sleepAfter + otherSleepAfter : due.seconds;
    const added = Math.max(0, at + seconds - Math.max(at, awakeUntil));
    if (at >= awakeUntil) {
      wakes += 1;
      processorSeconds += cost.processorSeconds;
    }
    awakeSeconds += added;
    megabyteSeconds += added * cost.resident;
    awakeUntil = Math.max(awakeUntil, at + seconds);
  }
  const meanMiB = day.asleepMiB + megabyteSeconds / (day.hours * 3600);
  return { wakes, awakeSeconds, processorSeconds, meanMiB };
}

/** A column for each day. */
export function summaryRows(days: readonly Day[], costs: Costs): WideRow[] {
  const row = (what: string, unit: string, figure: (day: Day) => number): WideRow => ({
    what,
    unit,
    figures: days.map(figure),
  });
  return [
    row('programs that were run', '', ({ requests }) => requests),
    row('wakes', '', ({ wakes }) => wakes.length),
    row('... because a program asked', '', ({ wakes }) => wakes.filter(({ isAsked }) => isAsked).length),
    row(
      '... because a token was to be renewed',
      '',
      ({ wakes }) => wakes.filter(({ isAsked }) => !isAsked).length,
    ),
    row('awake', 's', (day) => total(day, costs).awakeSeconds),
    row("the agent's CPU time", 's', (day) => total(day, costs).processorSeconds),
    row('... of it asleep', 's', ({ asleepProcessorSeconds }) => asleepProcessorSeconds),
    row('memory asleep', 'MiB', ({ asleepMiB }) => asleepMiB),
    row('memory, mean of the day', 'MiB', (day) => total(day, costs).meanMiB),
    row('one wake for a program: awake', 's', () => costs.asked.seconds),
    row('one wake for a program: CPU time', 's', () => costs.asked.processorSeconds),
    row('one wake for a renewal: awake', 's', () => costs.due.seconds),
    row('one wake for a renewal: CPU time', 's', () => costs.due.processorSeconds),
    row('memory awake', 'MiB', () => costs.asked.resident),
  ];
}

const OTHERS_SECONDS = [0, 1, 5, 15, 60, 300];

/** A row for each setting, with columns for the wakes, the seconds awake, the processor time and the mean memory. */
export function sleepAfterRows(day: Day, costs: Costs): WideRow[] {
  return OTHERS_SECONDS.map((seconds) => {
    const { wakes, awakeSeconds, processorSeconds, meanMiB } = total(day, costs, seconds);
    return {
      what: `sleep-after ${seconds}`,
      unit: '',
      figures: [wakes, awakeSeconds, processorSeconds, meanMiB],
    };
  });
}
