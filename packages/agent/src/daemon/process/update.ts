/** `--restart-on-update`: when the agent's program is replaced, the new one goes on with what the old one holds. */
import { stat } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { type Clock, systemClock } from '../../concurrency/clock.ts';
import type { AgentSettings } from '../settings.ts';
import { daemonProgram, spawnDaemon } from './spawn-daemon.ts';

/** The agent that goes on. It listens already, and answers when it has what the old one holds. */
export interface Successor {
  /** Resolves when all is on its way. */
  inherit(held: string): Promise<void>;
}

/** Milliseconds for the file system to answer. */
const patience = 1000;

/** Watches over the program of this agent. */
export async function watchProgram(): Promise<ProgramUpdate> {
  return new ProgramUpdate(await identity());
}

export class ProgramUpdate {
  #tried: string | undefined;
  #last: string | undefined;
  #isLooking = false;
  readonly #identify: () => Promise<string | undefined>;
  readonly #clock: Clock;

  /** @param running what tells the program that runs from the one that replaces it */
  constructor(running: string | undefined, identify = identity, clock = systemClock) {
    this.#tried = running;
    this.#last = running;
    this.#identify = identify;
    this.#clock = clock;
  }

  /** Whether the program is another one than the one that runs, and was so at the last look, too: it is complete. */
  async look(): Promise<boolean> {
    const before = this.#last;
    this.#last = await this.#see();
    return this.#last !== undefined && this.#last === before && this.#last !== this.#tried;
  }

  /** Nothing is seen as long as the file system hangs: the agent has other things to do, and asks it once. */
  async #see(): Promise<string | undefined> {
    if (this.#isLooking) return undefined;
    this.#isLooking = true;
    const seen = this.#identify().finally(() => {
      this.#isLooking = false;
    });
    const nothing = this.#clock.sleep(patience, undefined).then(() => undefined);
    return await Promise.race([seen, nothing]);
  }

  /** Starts it; undefined if it does not run, which is not tried again before the next update. */
  async start(settings: AgentSettings): Promise<Successor | undefined> {
    this.#tried = this.#last;
    const successor = { ...settings, takesOver: true };
    const { process: daemon, report } = await spawnDaemon(successor, process.env, { furtherPipe: true });
    const pipe = daemon.stdio[4];
    if (!report.ready || !(pipe instanceof Writable)) return undefined;
    pipe.on('error', () => undefined);
    return { inherit: (held) => new Promise((resolve) => pipe.end(held, () => resolve())) };
  }
}

/** Tells a file from the one that replaces it; undefined if there is none. */
async function identity(): Promise<string | undefined> {
  const stats = await stat(daemonProgram).catch(() => undefined);
  return stats && [stats.dev, stats.ino, stats.size, stats.mtimeMs].join();
}
