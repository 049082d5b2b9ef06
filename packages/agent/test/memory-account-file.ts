import type { Account } from '../src/accounts/account.ts';
import type { GrantFile } from '../src/daemon/grant/synced-account.ts';
import { FileError } from '../src/files/errors.ts';

/** A place for one account where a test sees what happens, and makes happen what another program would do. */
export class MemoryAccountFile implements GrantFile {
  readonly inMemoryOnly = false;
  /** The refresh tokens that were written, in their order. */
  readonly written: (string | undefined)[] = [];
  /** What another program has written since, or why that cannot be read. */
  changed: Account | FileError | undefined;
  /** What must happen before a write succeeds; it may reject. */
  writing: (account: Account) => Promise<void> = async () => undefined;
  locked = false;
  /** Whether the file can be written. */
  savable = true;
  /** Called when the lock is wanted. */
  locking: (signal: AbortSignal) => Promise<void> = async () => undefined;

  async canBeSaved(): Promise<boolean> {
    return this.savable;
  }

  async lock(signal: AbortSignal) {
    await this.locking(signal);
    if (this.locked) throw new Error('the lock is held already');
    this.locked = true;
    return {
      shared: this.savable,
      stillMine: async () => true,
      release: async () => {
        this.locked = false;
      },
    };
  }

  async readChanged(): Promise<Account | undefined> {
    const { changed } = this;
    if (changed instanceof FileError) throw changed;
    this.changed = undefined;
    return changed;
  }

  async write(account: Account): Promise<Account> {
    await this.writing(account);
    this.written.push(account.refresh_token?.reveal());
    return account;
  }

  async offer(): Promise<void> {}
}
