import type { Clock } from '../src/concurrency/clock.ts';

/** A clock that a test turns. */
export class VirtualClock implements Clock {
  #wall = Date.now() / 1000;
  #steady = 1000;
  readonly #timers = new Set<{ at: number; call: () => void }>();

  wall(): number {
    return this.#wall;
  }

  steady(): number {
    return this.#steady;
  }

  after(seconds: number, call: () => void): () => void {
    const timer = { at: this.#steady + seconds, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  async sleep(seconds: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const stop = this.after(seconds, resolve);
      signal?.addEventListener('abort', () => {
        stop();
        resolve();
      });
    });
  }

  /** How many calls are waited for. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Time passes; what waited for it is called in its order, and what that starts comes to its end. */
  async pass(seconds: number): Promise<void> {
    const end = this.#steady + seconds;
    for (;;) {
      const next = [...this.#timers].sort((one, other) => one.at - other.at)[0];
      if (next === undefined || next.at > end) break;
      this.#timers.delete(next);
      this.#advance(Math.max(0, next.at - this.#steady));
      next.call();
      await settle();
    }
    this.#advance(end - this.#steady);
    await settle();
  }

  /**
   * The wall clock jumps, the steady one and all timers stand still: the computer has slept, or the user has set the clock,
   * perhaps back.
   */
  jump(seconds: number): void {
    this.#wall += seconds;
  }

  #advance(seconds: number): void {
    this.#steady += seconds;
    this.#wall += seconds;
  }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
