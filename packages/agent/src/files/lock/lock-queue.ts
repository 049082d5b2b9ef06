import type { Clock } from '../../concurrency/clock.ts';
import { unlessAborted } from '../../concurrency/shared-work.ts';
import { TurnsByKey } from '../../concurrency/turns.ts';

const turns = new TurnsByKey<string>();

export interface Waiting {
  /** By the steady clock. */
  readonly until: number;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
}

/**
 * Queues up behind other callers in this process with the same key, so that they need not poll the file system.
 *
 * @returns a function that ends the turn; undefined if the turn did not come before the deadline
 * @throws the signal's reason
 */
export async function takeTurn(
  key: string,
  { until, signal, clock }: Waiting,
): Promise<(() => void) | undefined> {
  const isFirst = turns.isFree(key);
  const turn = new Promise<() => void>((come) => {
    void turns.take(key, () => new Promise<void>((end) => come(end)));
  });
  if (isFirst) return await turn;
  const over = new AbortController();
  // Unlike the timers of `after`, this one keeps the process alive: the caller has to learn that it does not get the lock.
  const late = clock.sleep(Math.max(0, until - clock.steady()), over.signal).then(() => undefined);
  const inTime = Promise.race([turn, late]);
  let end: (() => void) | undefined;
  try {
    end = await (signal === undefined ? inTime : unlessAborted(inTime, signal));
    return end;
  } finally {
    over.abort();
    // A caller that has given up passes its turn on.
    if (end === undefined) void turn.then((end) => end());
  }
}
