/** The callers that wait for a piece of shared work, as the work sees them. */
export interface Waiters {
  /** Aborts when the last caller has left, unless the work has committed. */
  readonly gone: AbortSignal;
  /**
   * From here on the work continues, even if every caller leaves.
   * @throws the reason of `gone` if every caller has already left
   */
  commit(): void;
}

/** Work that is done once for all waiting callers, and abandoned if all of them leave before it commits. */
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
    // Every caller may have left when it fails.
    this.#result.catch(() => undefined);
  }

  /** Resolves when the work is over, however it ended. */
  get done(): Promise<void> {
    return this.#result.then(
      () => undefined,
      () => undefined,
    );
  }

  /** The number of waiting callers. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether the work was abandoned: a new caller has to start it again. */
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

/** Shared work for each key: callers that join with the same key wait for the same work. */
export class SharedWorkByKey<Result> {
  readonly #underWay = new Map<string, SharedWork<Result>>();

  /** The number of waiting callers. */
  get waiting(): number {
    return [...this.#underWay.values()].reduce((sum, { waiting }) => sum + waiting, 0);
  }

  /** Joins the work under way for this key, or begins it; see `SharedWork.join`. */
  join(key: string, work: (waiters: Waiters) => Promise<Result>, leave?: AbortSignal): Promise<Result> {
    const begun = this.#underWay.get(key);
    if (begun !== undefined && !begun.abandoned) return begun.join(leave);
    const shared = new SharedWork(work);
    this.#underWay.set(key, shared);
    void shared.done.then(() => {
      if (this.#underWay.get(key) === shared) this.#underWay.delete(key);
    });
    return shared.join(leave);
  }
}

/**
 * Returns the result of a promise; rejects with the signal's reason as soon as the signal aborts. The underlying work
 * continues.
 */
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
