import { createHash } from 'node:crypto';
import { type Clock, ExpiringMap } from '../state/expiring-map.ts';
import type { User, UserDirectory } from './users.ts';

/** After so many wrong passwords from one peer for one username, the peer has one attempt every `PAUSE_SECONDS` seconds for it. */
const FREE_FAILURES = 10;

/** The same for all usernames together, as an attacker can try one password with many of them. */
const FREE_FAILURES_OF_PEER = 100;

const PAUSE_SECONDS = 30;

/** Seconds without a wrong password, after which the count begins at 0 again. */
const MEMORY_SECONDS = 900;

interface Failures {
  readonly count: number;
  /** The time of the last one, in seconds since 1970. */
  readonly latest: number;
}

export type LoginOutcome =
  | { readonly result: 'success'; readonly user: User }
  | { readonly result: 'wrong' }
  /** The password was not checked. The next attempt is possible after so many seconds. */
  | { readonly result: 'braked'; readonly seconds: number };

/**
 * All logins with a password, braked against guessing. A wrong password slows down only the peer that it came from (see
 * `peerOf`), and an attempt that came too early does not count, so that an attacker cannot lock out the owner of an account.
 * An unknown username gets the same answers after the same time, so that an attacker does not learn which usernames exist.
 */
export class PasswordLogins {
  readonly #users: UserDirectory;
  readonly #now: Clock;
  readonly #failures: ExpiringMap<Failures>;

  constructor(users: UserDirectory, now: Clock) {
    this.#users = users;
    this.#now = now;
    this.#failures = new ExpiringMap(now);
  }

  attempt(peer: string, username: string, password: string): LoginOutcome {
    // A digest, because a username may be as long as a request.
    const account = createHash('sha256').update(`${peer}\n${username}`).digest('base64');
    const seconds = Math.max(this.#wait(account, FREE_FAILURES), this.#wait(peer, FREE_FAILURES_OF_PEER));
    if (seconds > 0) return { result: 'braked', seconds };
    const user = this.#users.authenticate(username, password);
    if (user === undefined) {
      for (const key of [account, peer]) this.#count(key);
      return { result: 'wrong' };
    }
    // The failures of the peer stay: an attacker with an account of their own could otherwise reset them between two guesses.
    this.#failures.delete(account);
    return { result: 'success', user };
  }

  /** The seconds until the next attempt, rounded up; 0 when it may be now. */
  #wait(key: string, free: number): number {
    const failures = this.#failures.get(key);
    if (failures === undefined || failures.count < free) return 0;
    const passed = this.#now() - failures.latest;
    // A clock that was put back must not make the wait longer.
    return passed >= 0 && passed < PAUSE_SECONDS ? Math.ceil(PAUSE_SECONDS - passed) : 0;
  }

  #count(key: string): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#failures.set(key, { count, latest: this.#now() }, MEMORY_SECONDS);
  }

  /** Removes counts whose time is over. */
  sweep(): void {
    this.#failures.sweep();
  }
}

/** The message that asks the user to wait. */
export function brakedText(seconds: number): string {
  return `Too many wrong passwords. Try again in ${seconds} second${seconds === 1 ? '' : 's'}.`;
}
