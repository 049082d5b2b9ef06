/** The accounts that the agent is unloading or replacing. Their last refresh may still be running. */
export class LeavingAccounts {
  readonly #leaving = new Map<string, Promise<unknown>>();

  get isEmpty(): boolean {
    return this.#leaving.size === 0;
  }

  /** Resolves when the account is unloaded or replaced; at once if it is not leaving. Never rejects. */
  async left(name: string): Promise<void> {
    await this.#leaving.get(name);
  }

  /**
   * Does the work that unloads or replaces an account. A client that loads it meanwhile waits, because the file may hold
   * a spent refresh token.
   * @throws the errors of the work
   */
  async during<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const left = work();
    const ended = left.then(
      () => undefined,
      () => undefined,
    );
    this.#leaving.set(name, ended);
    try {
      return await left;
    } finally {
      if (this.#leaving.get(name) === ended) this.#leaving.delete(name);
    }
  }
}
