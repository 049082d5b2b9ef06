/** How the Node program of an agent writes to the compiled one, which has started it. */
import { writeSync } from 'node:fs';
import { systemErrorCode } from '../../files/system-error.ts';

/** The descriptor of the channel to the agent that sleeps. */
export const CHANNEL = 3;

/** Writes to the agent that sleeps, and returns when the system has taken it: it is there also if this process dies now. */
export function send(...frames: readonly Buffer[]): void {
  let rest = Buffer.concat(frames);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(CHANNEL, rest));
    } catch (error) {
      // The agent has not read the earlier frames yet. It will soon, because it does nothing else meanwhile.
      if (systemErrorCode(error) === 'EAGAIN')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      else return;
    }
  }
}
