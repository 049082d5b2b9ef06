import { setTimeout } from 'node:timers/promises';

/** Waits for something that only asking again and again tells. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(5);
}
