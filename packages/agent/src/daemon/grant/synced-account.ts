import type { Account } from '../../accounts/account.ts';
import { wasReplaced, withOldTokensOf, withRefreshToken } from '../../accounts/replaced-tokens.ts';
import type { FileAccess, SharedAccountFile } from '../../accounts/shared/shared-account-file.ts';
import type { TokenOrigin } from '../../accounts/shared/stored-copy.ts';
import type { Clock } from '../../concurrency/clock.ts';
import { Turns } from '../../concurrency/turns.ts';
import { FileError } from '../../files/errors.ts';
import type { HeldLock } from '../../files/lock/lock.ts';
import { describeSystemError } from '../../files/system-error.ts';
import type { Secret } from '../../secret.ts';

/** The part of `SharedAccountFile` through which a grant reads and writes its account. */
export type GrantFile = Pick<
  SharedAccountFile,
  'inMemoryOnly' | 'canBeSaved' | 'lock' | 'readChanged' | 'write' | 'offer'
>;

/** Why the newest refresh token is not on disk. */
export interface SaveFailure {
  readonly message: string;
  readonly hints: readonly string[];
}

/** A refresh token that the agent alone holds. */
interface Unsaved extends TokenOrigin {
  spent: Secret;
  failure: SaveFailure | undefined;
}

const NOT_WRITTEN: SaveFailure = {
  message: 'the program that asked for the new login has not written it',
  hints: [],
};

/** Seconds until saving is tried again: doubled each time. */
const RETRY_PAUSE_SECONDS = { first: 5, longest: 300 };

/** An account in memory and in its file, which other programs change, too: at any time one of the copies is the newest. */
export class SyncedAccount {
  #account: Account;
  readonly #file: GrantFile;
  readonly #clock: Clock;
  #lock: HeldLock | undefined;
  readonly #onChange: () => void;
  #inUse = false;
  #unsaved: Unsaved | undefined;
  #changed: FileError | undefined;
  /** Concurrent saves take turns, so that the newest refresh token is written last. */
  readonly #saves = new Turns();
  #retries = 0;
  #stopTimer: () => void = () => undefined;

  /**
   * @param origin of the refresh token of the account, if it is not on disk yet
   * @param onChange called when there is a new refresh token, before it is saved, and when it is
   */
  constructor(
    account: Account,
    file: GrantFile,
    clock: Clock,
    origin?: TokenOrigin,
    onChange: () => void = () => undefined,
  ) {
    this.#onChange = onChange;
    this.#account = account;
    this.#unsaved = origin && { ...origin, failure: origin.isNewLogin ? NOT_WRITTEN : undefined };
    this.#file = file;
    this.#clock = clock;
  }

  get account(): Account {
    return this.#account;
  }

  /** The origin of the refresh token, if it is in memory only. */
  get origin(): TokenOrigin | undefined {
    const { spent, isNewLogin } = this.#unsaved ?? {};
    return spent && { spent, isNewLogin };
  }

  /** Undefined when the newest refresh token is on disk. */
  get saveFailure(): SaveFailure | undefined {
    return this.#unsaved?.failure;
  }

  /** Whether all is on disk, and nothing is being read or written. */
  get isIdle(): boolean {
    return !this.#inUse && this.#unsaved === undefined && !this.#saves.areTaken && this.#lock === undefined;
  }

  /** Whether the file is read-only and its content still valid. Call only under the lock. */
  async isReadOnly(): Promise<boolean> {
    return this.#unsaved === undefined && !(await this.#file.canBeSaved());
  }

  /** Why the agent cannot read the changes that another program may have made to the file. Call only under the lock. */
  get changed(): FileError | undefined {
    return this.#unsaved === undefined ? this.#changed : undefined;
  }

  /**
   * Does work with the newest refresh token while no other program uses it. The caller does one piece at a time.
   * @throws FileError `locked` if another program does not release the lock, or the signal's reason
   */
  async exclusively<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    this.#inUse = true;
    try {
      await this.#acquire(signal);
      return await work();
    } finally {
      this.#inUse = false;
      await this.#releaseWhenSaved();
    }
  }

  /**
   * Adopts changes by another program. Returns whether the refresh token is a different one. An unreadable file changes
   * nothing, because the account in memory may still be valid; see `changed`. The same holds for an old copy of the
   * file that someone restored: under the lock, the agent writes the newest refresh token into it.
   * @throws FileError `no-answer` if the file server does not answer
   */
  async takeNewer(): Promise<boolean> {
    if (this.#unsaved !== undefined) return false;
    let changed: FileError | undefined;
    const stored = await this.#file.readChanged().catch((error: unknown) => {
      // The file may have a newer refresh token.
      if (!(error instanceof FileError) || error.kind === 'no-answer') throw error;
      if (error.kind === 'changed') changed = error;
      return undefined;
    });
    this.#changed = changed;
    if (stored?.refresh_token === undefined || this.#unsaved !== undefined) return false;
    if (wasReplaced(this.#account, stored.refresh_token)) {
      this.#unsaved = { spent: stored.refresh_token, failure: undefined };
      if (this.#inUse) await this.save();
      return false;
    }
    const isNewer = !stored.refresh_token.equals(this.#account.refresh_token);
    this.#account = { ...withOldTokensOf(this.#account, stored), name: this.#account.name };
    return isNewer;
  }

  /** Replaces the spent refresh token by a new one from the issuer, and saves it. If that fails, see `saveFailure`. */
  async replace(refreshToken: Secret, spent: Secret): Promise<void> {
    if (!refreshToken.equals(this.#account.refresh_token)) {
      this.#account = withRefreshToken(this.#account, refreshToken);
      this.#unsaved ??= { spent, failure: undefined };
      this.#onChange();
    }
    await this.save();
  }

  /** Tries to put the newest refresh token on disk, if it is not there. Never throws: see `saveFailure`. */
  async save(): Promise<void> {
    await this.#saves.take(async () => {
      if (this.#unsaved !== undefined) await this.#write(this.#unsaved);
    });
  }

  /**
   * Puts the newest refresh token into the file if a client has written an old one there. A new login that no client has
   * written yet stays in memory: the user may still be choosing a password.
   */
  async mend(): Promise<void> {
    if (this.#inUse || this.#unsaved?.isNewLogin) return;
    await this.takeNewer().catch(() => undefined);
    await this.save();
  }

  /**
   * Takes a client's key or password for the file, see `SharedAccountFile.offer`, and tries to save an unsaved refresh token.
   * @throws FileError `wrong-password` if it does not open the file
   */
  async offer(access: FileAccess): Promise<void> {
    await this.#file.offer(access);
    await this.save();
  }

  /**
   * Tries to save a last time, even if an older copy of the file has been restored since the last read. Afterwards
   * releases the lock and stops retrying.
   */
  async close(): Promise<void> {
    await this.takeNewer().catch(() => undefined);
    await this.save();
    this.#stopTimer();
    await this.#lock?.release();
    this.#lock = undefined;
  }

  async #write(unsaved: Unsaved): Promise<void> {
    const account = this.#account;
    this.#stopTimer();
    try {
      const stored = await this.#file.write(account, unsaved);
      this.#retries = 0;
      if (this.#account === account) {
        this.#account = stored;
        this.#unsaved = undefined;
        this.#onChange();
        await this.#releaseWhenSaved();
      } else if (stored.refresh_token !== undefined) {
        unsaved.spent = stored.refresh_token;
      }
    } catch (error) {
      const hints = error instanceof FileError ? error.hints : [];
      unsaved.failure = { message: describeSystemError(error), hints };
      const wait = Math.min(RETRY_PAUSE_SECONDS.first * 2 ** this.#retries, RETRY_PAUSE_SECONDS.longest);
      this.#retries += 1;
      this.#stopTimer = this.#clock.after(wait, () => void this.save());
    }
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    do {
      this.#lock ??= await this.#file.lock(signal);
      await this.takeNewer();
      // A process that was suspended too long may have lost its lock to another one.
    } while (!(await this.#isStillMine()));
  }

  async #isStillMine(): Promise<boolean> {
    const lock = this.#lock;
    if (lock === undefined || (await lock.stillMine())) return true;
    this.#lock = undefined;
    await lock.release();
    return false;
  }

  /**
   * While the newest refresh token is in memory only, keeps the lock: a process that used the one on disk would end the
   * login.
   */
  async #releaseWhenSaved(): Promise<void> {
    if (this.#inUse || this.#unsaved !== undefined) return;
    const lock = this.#lock;
    this.#lock = undefined;
    await lock?.release();
  }
}
