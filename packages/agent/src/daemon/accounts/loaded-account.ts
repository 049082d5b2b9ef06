import {
  CHECK_INTERVAL_SECONDS,
  type Clock,
  type Deadline,
  deadlineIn,
  secondsUntil,
  systemClock,
} from '../../concurrency/clock.ts';
import type { Grant } from '../grant/grant.ts';

/** The options with which a client loads an account. */
export interface LoadOptions {
  /** Seconds; 0 is for ever. */
  readonly lifetime: number;
  readonly alwaysAllowIdToken: boolean;
  /** Whether the agent asks the user before a program gets a token. */
  readonly confirm: boolean;
}

/** An account in memory: its grant and how long the agent keeps it. */
export class LoadedAccount {
  readonly grant: Grant;
  /** Milliseconds since the epoch. */
  readonly loadedAt: number;
  #alwaysAllowIdToken: boolean;
  #confirm: boolean;
  readonly #expire: () => void;
  readonly #clock: Clock;
  #ends: Deadline | undefined;
  #stopTimer: () => void = () => undefined;

  /**
   * @param expire called when the lifetime is over
   * @param loadedAt milliseconds since the epoch
   */
  constructor(
    grant: Grant,
    options: LoadOptions,
    expire: () => void,
    loadedAt = Date.now(),
    clock = systemClock,
  ) {
    this.grant = grant;
    this.#alwaysAllowIdToken = options.alwaysAllowIdToken;
    this.#confirm = options.confirm;
    this.loadedAt = loadedAt;
    this.#expire = expire;
    this.#clock = clock;
    this.setLifetime(options.lifetime);
  }

  get alwaysAllowIdToken(): boolean {
    return this.#alwaysAllowIdToken;
  }

  get confirm(): boolean {
    return this.#confirm;
  }

  /** The options for a new login that replaces this account; its lifetime is the remaining one. */
  get options(): LoadOptions {
    const left = this.#ends && Math.max(1, Math.ceil(secondsUntil(this.#ends, this.#clock)));
    return { lifetime: left ?? 0, alwaysAllowIdToken: this.#alwaysAllowIdToken, confirm: this.#confirm };
  }

  /** From now on the agent asks the user before a program gets a token. */
  requireConfirmation(): void {
    this.#confirm = true;
  }

  /** From now on the agent gives ID tokens without asking the user. */
  allowIdTokens(): void {
    this.#alwaysAllowIdToken = true;
  }

  /** Counts from now; seconds, 0 is for ever. */
  setLifetime(seconds: number): void {
    this.#ends = seconds > 0 ? deadlineIn(seconds, this.#clock) : undefined;
    this.#wait();
  }

  /** When the agent unloads the account; undefined means never. */
  get ends(): Deadline | undefined {
    return this.#ends;
  }

  /** Finishes requests to the issuer and saves in progress, and stops every timer of the account. */
  async close(): Promise<void> {
    this.#stopTimer();
    await this.grant.close();
  }

  #wait(): void {
    this.#stopTimer();
    if (this.#ends === undefined) return;
    const left = secondsUntil(this.#ends, this.#clock);
    if (left <= 0) this.#expire();
    else this.#stopTimer = this.#clock.after(Math.min(left, CHECK_INTERVAL_SECONDS), () => this.#wait());
  }
}
