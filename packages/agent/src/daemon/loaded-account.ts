import type { Grant } from './grant.ts';

/** What was said when the account was loaded. */
export interface LoadOptions {
  /** Seconds; 0 is for ever. */
  readonly lifetime: number;
  readonly alwaysAllowIdToken: boolean;
  /** Whether the person is asked before a program gets a token. */
  readonly confirm: boolean;
}

/** setTimeout takes no longer wait than this many milliseconds. */
const longestWait = 2 ** 31 - 1;

/** An account in memory: its grant and how long it may stay. */
export class LoadedAccount {
  readonly grant: Grant;
  readonly alwaysAllowIdToken: boolean;
  readonly confirm: boolean;
  /** Milliseconds since the epoch. */
  readonly loadedAt: number;
  readonly #expire: () => void;
  #expiresAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param expire called when the lifetime is over
   * @param loadedAt milliseconds since the epoch
   */
  constructor(grant: Grant, options: LoadOptions, expire: () => void, loadedAt = Date.now()) {
    this.grant = grant;
    this.alwaysAllowIdToken = options.alwaysAllowIdToken;
    this.confirm = options.confirm;
    this.loadedAt = loadedAt;
    this.#expire = expire;
    this.setLifetime(options.lifetime);
  }

  /** Counts from now; seconds, 0 is for ever. */
  setLifetime(seconds: number): void {
    clearTimeout(this.#timer);
    this.#expiresAt = seconds > 0 ? Date.now() + seconds * 1000 : undefined;
    this.#wait();
  }

  /** Milliseconds since the epoch; undefined is never. */
  get expiresAt(): number | undefined {
    return this.#expiresAt;
  }

  /** What is on its way to the issuer or the disk arrives; then nothing happens any more by itself. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.grant.close();
  }

  #wait(): void {
    if (this.#expiresAt === undefined) return;
    const left = this.#expiresAt - Date.now();
    if (left <= 0) {
      this.#expire();
    } else {
      this.#timer = setTimeout(() => this.#wait(), Math.min(left, longestWait));
      this.#timer.unref();
    }
  }
}
