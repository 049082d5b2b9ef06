/**
 * `--restart-on-update`: when a new version of the agent's program is installed, starts it and hands the accounts to
 * it.
 */
import { stat } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { type Clock, systemClock, within } from '../../concurrency/clock.ts';
import type { AgentSettings } from '../settings.ts';
import { daemonProgram, spawnDaemon } from './spawn-daemon.ts';

/** The agent that takes over. It already listens, and answers once it has received the accounts. */
export interface Successor {
  /** Sends the accounts; resolves when they are sent. */
  inherit(held: string): Promise<void>;
}

/** Seconds that the file system has to answer. */
const STAT_DEADLINE_SECONDS = 1;

/** Watches the program file of this agent. */
export async function watchProgram(): Promise<ProgramUpdate> {
  return new ProgramUpdate(await identity());
}

export class ProgramUpdate {
  #tried: string | undefined;
  #last: string | undefined;
  #isIdentifying = false;
  readonly #identify: () => Promise<string | undefined>;
  readonly #clock: Pick<Clock, 'after'>;

  /** @param running identifies the running program, as distinct from the one that replaces it */
  constructor(running: string | undefined, identify = identity, clock: Pick<Clock, 'after'> = systemClock) {
    this.#tried = running;
    this.#last = running;
    this.#identify = identify;
    this.#clock = clock;
  }

  /** Whether a new version is installed completely: the program differs from the running one, as it did at the last check. */
  async isInstalled(): Promise<boolean> {
    const before = this.#last;
    this.#last = await this.#identifyInTime();
    return this.#last !== undefined && this.#last === before && this.#last !== this.#tried;
  }

  /** Returns undefined while the file system hangs, and does not ask it again meanwhile. */
  async #identifyInTime(): Promise<string | undefined> {
    if (this.#isIdentifying) return undefined;
    this.#isIdentifying = true;
    const seen = this.#identify().finally(() => {
      this.#isIdentifying = false;
    });
    return await within(STAT_DEADLINE_SECONDS, seen, this.#clock);
  }

  /** Starts the new version; undefined if it does not run. Then it is not tried again before the next update. */
  async start(settings: AgentSettings): Promise<Successor | undefined> {
    this.#tried = this.#last;
    const successor = { ...settings, takesOver: true };
    const { process: daemon, report } = await spawnDaemon(successor, process.env, { furtherPipe: true });
    const pipe = daemon?.stdio[4];
    if (!report.ready || !(pipe instanceof Writable)) return undefined;
    pipe.on('error', () => undefined);
    return { inherit: (held) => new Promise((resolve) => pipe.end(held, () => resolve())) };
  }
}

/** Identifies the version of a file; undefined if it does not exist. */
async function identity(): Promise<string | undefined> {
  const stats = await stat(daemonProgram).catch(() => undefined);
  return stats && [stats.dev, stats.ino, stats.size, stats.mtimeMs].join();
}
