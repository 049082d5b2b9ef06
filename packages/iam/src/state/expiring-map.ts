import { memoryStore, type Table } from './store.ts';

/** The time in seconds since 1970, fractions included. */
export type Clock = () => number;

/** Nothing here may grow for ever: beyond this many entries the oldest gives way. */
const CAPACITY = 20_000;

/**
 * A map whose entries disappear when their lifetime is over. It keeps them in a table, and begins with what is there;
 * so values have to be data that JSON can hold, and are replaced instead of changed.
 */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, { value: V; expiresAt: number }>();
  readonly #now: Clock;
  readonly #table: Table<V>;

  constructor(now: Clock, table: Table<V> = memoryStore.table('')) {
    this.#now = now;
    this.#table = table;
    for (const { key, value, expiresAt } of table.entries()) {
      if (expiresAt > now()) this.#entries.set(key, { value, expiresAt });
      else table.remove(key);
    }
  }

  /** Stores a value for `lifetime` seconds; without one it stays. */
  set(key: string, value: V, lifetime = Number.POSITIVE_INFINITY): void {
    this.delete(key);
    if (this.#entries.size >= CAPACITY) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.delete(oldest.value);
    }
    this.#put(key, value, this.#now() + lifetime);
  }

  /** Puts another value in the place of one that has not expired; how long it lives does not change. */
  replace(key: string, value: V): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined && entry.expiresAt > this.#now()) this.#put(key, value, entry.expiresAt);
  }

  #put(key: string, value: V, expiresAt: number): void {
    this.#entries.set(key, { value, expiresAt });
    this.#table.put({ key, value, expiresAt });
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expiresAt > this.#now() ? entry.value : undefined;
  }

  /** Gives a value and removes it in one step: of two who ask for it, one gets it. */
  take(key: string): V | undefined {
    const value = this.get(key);
    this.delete(key);
    return value;
  }

  delete(key: string): void {
    if (this.#entries.delete(key)) this.#table.remove(key);
  }

  /** What has not expired, the oldest first. */
  *values(): Generator<V> {
    for (const { value, expiresAt } of this.#entries.values()) if (expiresAt > this.#now()) yield value;
  }

  deleteWhere(matches: (value: V) => boolean): void {
    for (const [key, { value }] of this.#entries) if (matches(value)) this.delete(key);
  }

  /** Frees what has expired. */
  sweep(): void {
    for (const [key, { expiresAt }] of this.#entries) if (expiresAt <= this.#now()) this.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }
}
