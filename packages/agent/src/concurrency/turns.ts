/** A queue: does one piece of work at a time, in the order of the calls. A caller need not wait for the result. */
export class Turns {
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Whether work is in progress, or waits. */
  get areTaken(): boolean {
    return this.#waiting > 0;
  }

  /** Does work after all earlier work, however that ended. Returns its result. */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#waiting += 1;
    const result = this.#tail.then(work);
    this.#tail = result
      .catch(() => undefined)
      .finally(() => {
        this.#waiting -= 1;
      });
    return result;
  }

  /** Resolves when all work of the calls so far is over. */
  async over(): Promise<void> {
    await this.#tail;
  }
}

/** A queue for each key. Keeps nothing of a queue that is empty. */
export class TurnsByKey<Key> {
  readonly #queues = new Map<Key, { readonly turns: Turns; waiting: number }>();

  /** Whether new work of this key need not wait for other work. */
  isFree(key: Key): boolean {
    return !this.#queues.has(key);
  }

  /** Does work after all earlier work of the same key; see `Turns`. */
  take<Result>(key: Key, work: () => Promise<Result>): Promise<Result> {
    const queue = this.#queues.get(key) ?? { turns: new Turns(), waiting: 0 };
    this.#queues.set(key, queue);
    queue.waiting += 1;
    return queue.turns.take(async () => {
      try {
        return await work();
      } finally {
        queue.waiting -= 1;
        if (queue.waiting === 0) this.#queues.delete(key);
      }
    });
  }
}
