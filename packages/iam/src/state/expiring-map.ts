/** The time in seconds since 1970, fractions included. */
export type Clock = () => number;

/** Nothing here may grow for ever: beyond this many entries the oldest gives way. */
const CAPACITY = 20_000;

/** A map whose entries disappear when their lifetime is over. */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, { value: V; expiresAt: number }>();
  readonly #now: Clock;

  constructor(now: Clock) {
    this.#now = now;
  }

  /** Stores a value for `lifetime` seconds; without one it stays. */
  set(key: string, value: V, lifetime = Number.POSITIVE_INFINITY): void {
    this.#entries.delete(key);
    if (this.#entries.size >= CAPACITY) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
    this.#entries.set(key, { value, expiresAt: this.#now() + lifetime });
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expiresAt > this.#now() ? entry.value : undefined;
  }

  /** Gives a value and removes it in one step: of two who ask for it, one gets it. */
  take(key: string): V | undefined {
    const value = this.get(key);
    this.#entries.delete(key);
    return value;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** What has not expired, the oldest first. */
  *values(): Generator<V> {
    for (const { value, expiresAt } of this.#entries.values()) if (expiresAt > this.#now()) yield value;
  }

  deleteWhere(matches: (value: V) => boolean): void {
    for (const [key, { value }] of this.#entries) if (matches(value)) this.#entries.delete(key);
  }

  /** Frees what has expired. */
  sweep(): void {
    for (const [key, { expiresAt }] of this.#entries) if (expiresAt <= this.#now()) this.#entries.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }
}
