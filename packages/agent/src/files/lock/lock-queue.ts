import type { Clock } from '../../concurrency/clock.ts';

/** The tails of the queues, by key. */
const queues = new Map<string, Promise<void>>();

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
export async function takeTurn(key: string, waiting: Waiting): Promise<(() => void) | undefined> {
  let end = () => {};
  const turn = new Promise<void>((resolve) => {
    end = resolve;
  });
  const before = queues.get(key);
  const after = before === undefined ? turn : before.then(() => turn);
  queues.set(key, after);
  void after.then(() => {
    if (queues.get(key) === after) queues.delete(key);
  });
  if (before === undefined || (await comesInTime(before, waiting))) return end;
  end();
  waiting.signal?.throwIfAborted();
  return undefined;
}

async function comesInTime(before: Promise<void>, { until, signal, clock }: Waiting): Promise<boolean> {
  const come = new AbortController();
  const signals = [come.signal, ...(signal === undefined ? [] : [signal])];
  const left = Math.max(0, until - clock.steady());
  try {
    return await Promise.race([
      before.then(() => true),
      clock.sleep(left, AbortSignal.any(signals)).then(() => false),
    ]);
  } finally {
    come.abort();
  }
}
