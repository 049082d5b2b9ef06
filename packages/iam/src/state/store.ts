/** A stored entry of a map. */
export interface Entry<V> {
  readonly key: string;
  /** JSON data. */
  readonly value: V;
  /** Seconds since 1970, or infinity. */
  readonly expiresAt: number;
}

/** The storage of one map. */
export interface Table<V> {
  /** The entries of an earlier process, the oldest first. */
  entries(): Iterable<Entry<V>>;
  put(entry: Entry<V>): void;
  remove(key: string): void;
}

/** The storage of the state. */
export interface Store {
  table<V>(name: string): Table<V>;
  /** Writes all changes since the last commit, in one transaction. */
  commit(): void;
  close(): void;
}

/** Stores nothing: the state exists in memory only, until the process ends. */
export const memoryStore: Store = {
  table: () => ({ entries: () => [], put: () => {}, remove: () => {} }),
  commit: () => {},
  close: () => {},
};
