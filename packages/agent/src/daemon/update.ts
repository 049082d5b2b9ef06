/** `--restart-on-update`: when the agent's program is replaced, the new one goes on with what the old one holds. */
import { statSync } from 'node:fs';
import { Writable } from 'node:stream';
import type { AgentSettings } from './settings.ts';
import { daemonProgram, spawnDaemon } from './spawn-daemon.ts';

/** The agent that goes on. It listens already, and answers when it has what the old one holds. */
export interface Successor {
  /** Resolves when all is on its way. */
  inherit(held: string): Promise<void>;
}

export class ProgramUpdate {
  #tried = identity();
  #last = this.#tried;

  /** Whether the program is another one than the one that runs, and was so at the last look, too: it is complete. */
  look(): boolean {
    const before = this.#last;
    this.#last = identity();
    return this.#last !== undefined && this.#last === before && this.#last !== this.#tried;
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
function identity(): string | undefined {
  const stats = statSync(daemonProgram, { throwIfNoEntry: false });
  return stats && [stats.dev, stats.ino, stats.size, stats.mtimeMs].join();
}
