/**
 * A share of the threads in which Node asks the disk. Node has a fixed number of them for files, host names and the cryptography of
 * passwords together. A thread that asks a file server which does not answer is lost until the server answers, so each kind of
 * work has a share, and cannot take all threads.
 */
export class Threads {
  readonly #count: number;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#count = count;
    this.#free = count;
  }

  /** Whether no thread of the share is in use. */
  get areIdle(): boolean {
    return this.#free === this.#count;
  }

  /** Does work that uses one thread at a time, as soon as one is free. */
  async use<Result>(work: () => Promise<Result>): Promise<Result> {
    const giveBack = await this.take();
    try {
      return await work();
    } finally {
      giveBack?.();
    }
  }

  /**
   * Waits for a thread.
   * @param maxWaitMs milliseconds
   * @returns a function that gives the thread back; undefined if no thread was free in that time
   */
  async take(maxWaitMs = Number.POSITIVE_INFINITY): Promise<(() => void) | undefined> {
    if (this.#free > 0) {
      this.#free -= 1;
      return () => this.#giveBack();
    }
    return await new Promise((resolve) => {
      const taken = () => {
        clearTimeout(timer);
        resolve(() => this.#giveBack());
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(taken), 1);
        resolve(undefined);
      };
      const timer = Number.isFinite(maxWaitMs) ? setTimeout(giveUp, maxWaitMs) : undefined;
      this.#waiting.push(taken);
    });
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}

/** For files that jeton only reads, anywhere. */
export const forReading = new Threads(4);

/**
 * For the folder of the accounts: its locks, saving, and listing. With both shares taken, 4 of the agent's 16 threads
 * are left.
 */
export const forKeeping = new Threads(8);
