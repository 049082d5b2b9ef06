/** What a piece of shared work knows of those who wait for it. */
export interface Waiters {
  /** Aborted when nobody waits any more, unless the work has begun what must be brought to its end. */
  readonly gone: AbortSignal;
  /**
   * From here on the work goes on, whoever leaves.
   * @throws the reason of `gone` if everybody has left already
   */
  commit(): void;
}

/** Work that is done once for all who wait for it, and not at all when they have all left before it mattered. */
export class SharedWork<Result> {
  readonly #abort = new AbortController();
  readonly #result: Promise<Result>;
  #committed = false;
  #waiting = 0;

  constructor(work: (waiters: Waiters) => Promise<Result>) {
    this.#result = work({
      gone: this.#abort.signal,
      commit: () => {
        this.#abort.signal.throwIfAborted();
        this.#committed = true;
      },
    });
    // Everybody may have left when it fails.
    this.#result.catch(() => undefined);
  }

  /** Resolves when the work is over, however it ended. */
  get done(): Promise<void> {
    return this.#result.then(
      () => undefined,
      () => undefined,
    );
  }

  /** How many wait for it. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether it was given up: who comes now starts it anew. */
  get abandoned(): boolean {
    return this.#abort.signal.aborted;
  }

  /**
   * Waits for the result.
   * @param leave ends the waiting, which then rejects with the signal's reason; also when it was aborted before
   */
  async join(leave?: AbortSignal): Promise<Result> {
    this.#waiting += 1;
    try {
      return await (leave === undefined ? this.#result : unlessAborted(this.#result, leave));
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0 && !this.#committed) this.#abort.abort(leave?.reason);
    }
  }
}

/** The result of a promise; rejects with the signal's reason as soon as that is aborted. What it waited for goes on. */
export async function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
