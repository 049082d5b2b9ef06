/**
 * The clocks of the agent: two, as neither is enough. The wall clock can be set back, the steady one may stand still while
 * the computer sleeps.
 */
export interface Clocks {
  /** Seconds since the epoch. */
  wall(): number;
  /** Seconds since some moment; never goes back. */
  steady(): number;
  /** Calls once after so many seconds of the steady clock, unless the returned function is called before. */
  after(seconds: number, call: () => void): () => void;
}

/** setTimeout takes no longer wait than this many milliseconds: 24.8 days. */
const longestWait = 2 ** 31 - 1;

/** The clocks of this computer. What waits for them does not keep the process alive. */
export const systemClocks: Clocks = {
  wall: () => Date.now() / 1000,
  steady: () => performance.now() / 1000,
  after(seconds, call) {
    const timer = setTimeout(call, Math.min(seconds * 1000, longestWait)).unref();
    return () => clearTimeout(timer);
  },
};
