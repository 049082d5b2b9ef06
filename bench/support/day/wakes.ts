/** Counts how often an agent wakes, and what a wake takes. */
import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../compare.ts';
import { processorMs, processTree, residentMiB } from '../processes.ts';

/** Milliseconds between two looks. The Node program lives for longer than that, always. */
const LOOK_MS = 20;

/** A time during which the Node program ran. */
export interface Wake {
  /** Milliseconds by the clock of `performance.now()`. */
  readonly begin: number;
  readonly end: number;
  /** Resident memory of the Node program, in MiB; the median of all looks. */
  readonly resident: number;
}

/** Looks at an agent until `stop` is called. */
export class WakeWatch {
  readonly #wakes: Wake[] = [];
  readonly #looking: Promise<void>;
  #isStopped = false;

  constructor(pid: number) {
    this.#looking = this.#look(pid);
  }

  async stop(): Promise<readonly Wake[]> {
    this.#isStopped = true;
    await this.#looking;
    return this.#wakes;
  }

  async #look(pid: number): Promise<void> {
    let begin = 0;
    let node: number | undefined;
    let resident: number[] = [];
    while (!this.#isStopped || node !== undefined) {
      const [, running] = processTree(pid);
      const now = performance.now();
      if (node !== undefined && running !== node)
        this.#wakes.push({ begin, end: now, resident: median(resident) });
      if (running !== undefined && running !== node) [begin, resident] = [now, []];
      node = running;
      if (node !== undefined) resident.push(residentMiB(node));
      await pause(LOOK_MS);
    }
  }
}

/** What a wake takes at normal speed. */
export interface WakeCost {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly resident: number;
}

/**
 * Watches an agent through one wake.
 *
 * @param cause makes it wake, and resolves when it has woken, or before
 */
export async function costOfWake(pid: number, cause: () => Promise<unknown>): Promise<WakeCost> {
  const begin = processorMs(pid);
  const watch = new WakeWatch(pid);
  await cause();
  while (processTree(pid).length === 1) await pause(LOOK_MS);
  const [wake] = await watch.stop();
  if (wake === undefined) throw new Error('the agent has not woken');
  return {
    seconds: (wake.end - wake.begin) / 1000,
    processorSeconds: (processorMs(pid) - begin) / 1000,
    resident: wake.resident,
  };
}
