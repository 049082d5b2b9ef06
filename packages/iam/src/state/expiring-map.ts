import { memoryStore, type Table } from './store.ts';

/** The time in seconds since 1970, fractions included. */
export type Clock = () => number;

/** The most entries of a map, so that it cannot grow for ever; a new entry then replaces the oldest. */
const CAPACITY = 20_000;

/**
 * A map whose entries expire. It also keeps them in a table, and starts with the entries of that table, so values must be JSON
 * data, and callers replace values instead of changing them.
 */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, { value: V; expiresAt: number }>();
  readonly #groups = new Map<string, Set<string>>();
  readonly #now: Clock;
  readonly #table: Table<V>;
  readonly #groupOf: (value: V) => string | undefined;

  /** @param groupOf the group of a value, for `deleteGroup`; the group of an entry never changes */
  constructor(
    now: Clock,
    table: Table<V> = memoryStore.table(''),
    groupOf: (value: V) => string | undefined = () => undefined,
  ) {
    this.#now = now;
    this.#table = table;
    this.#groupOf = groupOf;
    for (const { key, value, expiresAt } of table.entries()) {
      if (expiresAt > now()) this.#remember(key, value, expiresAt);
      else table.remove(key);
    }
  }

  /** Stores a value for `lifetime` seconds, by default for ever. */
  set(key: string, value: V, lifetime = Number.POSITIVE_INFINITY): void {
    this.delete(key);
    if (this.#entries.size >= CAPACITY) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.delete(oldest.value);
    }
    this.#put(key, value, this.#now() + lifetime);
  }

  /** Replaces a value that has not expired, and keeps its expiry time. */
  replace(key: string, value: V): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined && entry.expiresAt > this.#now()) this.#put(key, value, entry.expiresAt);
  }

  #put(key: string, value: V, expiresAt: number): void {
    this.#remember(key, value, expiresAt);
    this.#table.put({ key, value, expiresAt });
  }

  #remember(key: string, value: V, expiresAt: number): void {
    this.#entries.set(key, { value, expiresAt });
    const group = this.#groupOf(value);
    if (group === undefined) return;
    const keys = this.#groups.get(group);
    if (keys === undefined) this.#groups.set(group, new Set([key]));
    else keys.add(key);
  }

  #forgetGroup(key: string, value: V): void {
    const group = this.#groupOf(value);
    const keys = group === undefined ? undefined : this.#groups.get(group);
    if (group === undefined || keys === undefined) return;
    keys.delete(key);
    if (keys.size === 0) this.#groups.delete(group);
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expiresAt > this.#now() ? entry.value : undefined;
  }

  /** Returns a value and removes it in one step, so that only one of two callers gets it. */
  take(key: string): V | undefined {
    const value = this.get(key);
    this.delete(key);
    return value;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#forgetGroup(key, entry.value);
    this.#table.remove(key);
  }

  /** Deletes all entries of a group, without a search through the others. */
  deleteGroup(group: string): void {
    for (const key of [...(this.#groups.get(group) ?? [])]) this.delete(key);
  }

  /** The values that have not expired, the oldest first. */
  *values(): Generator<V> {
    for (const { value, expiresAt } of this.#entries.values()) if (expiresAt > this.#now()) yield value;
  }

  deleteWhere(matches: (value: V) => boolean): void {
    for (const [key, { value }] of this.#entries) if (matches(value)) this.delete(key);
  }

  /** Deletes expired entries. */
  sweep(): void {
    for (const [key, { expiresAt }] of this.#entries) if (expiresAt <= this.#now()) this.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }
}
