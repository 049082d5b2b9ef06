/** An entry of a map as it is kept. */
export interface Entry<V> {
  readonly key: string;
  /** Data that JSON can hold. */
  readonly value: V;
  /** Seconds since 1970, or infinity. */
  readonly expiresAt: number;
}

/** Where one map keeps its entries. */
export interface Table<V> {
  /** What an earlier process left, the oldest first. */
  entries(): Iterable<Entry<V>>;
  put(entry: Entry<V>): void;
  remove(key: string): void;
}

/** Where the state is kept so that a restart finds it again. */
export interface Store {
  table<V>(name: string): Table<V>;
  /** Makes lasting, in one step, what has been put and removed since the last time. */
  commit(): void;
  close(): void;
}

/** Keeps nothing: the state lives in memory and ends with the process. */
export const memoryStore: Store = {
  table: () => ({ entries: () => [], put: () => {}, remove: () => {} }),
  commit: () => {},
  close: () => {},
};
