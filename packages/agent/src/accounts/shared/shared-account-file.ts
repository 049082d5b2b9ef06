import { FileError } from '../../files/errors.ts';
import { acquire, type HeldLock } from '../../files/lock/lock.ts';
import { exists } from '../../files/lock/lock-file.ts';
import { canBeSaved } from '../../files/saving/savable.ts';
import type { Account } from '../account.ts';
import { writeAccountFile } from '../account-file.ts';
import { isKnown } from '../passwords/known-password.ts';
import { withOldTokensOf } from '../replaced-tokens.ts';
import { AccountCipher, type FileOpener, isEncryptedWithKey } from './account-cipher.ts';
import { cannotReplace, changed } from './account-errors.ts';
import { AccountPlace, type Home } from './account-place.ts';
import { inPlaceOf, staysInFile, type TokenOrigin } from './stored-copy.ts';

/** The place of the file of a loaded account, and the means to open it again. */
export interface FileAccess extends FileOpener {
  /** The content of the file when the agent loaded the account. */
  readonly content?: string | undefined;
  /** The name of the file, if it differs from the account's. */
  readonly file?: string | undefined;
  /** The place where the file was seen last. */
  readonly home?: Home | undefined;
  /** The account has no file here on purpose. A file of its name that the key does not open belongs to another account. */
  readonly inMemoryOnly?: boolean | undefined;
}

/**
 * The file of a loaded account, which other agents, oidc-gen and the C suite may change at any time. An agent that uses
 * its refresh token locks the file, reads it, and writes the result.
 */
export class SharedAccountFile {
  readonly #name: string;
  readonly #file: string | undefined;
  readonly #place: AccountPlace;
  readonly #cipher: AccountCipher;
  #inMemoryOnly: boolean;
  /** The content of the file at the last read or write; a different content means that another program wrote the file. */
  #content: string | undefined;
  /** The content at the first read, decrypted or not. */
  #first: string | undefined;
  #expectsChange = false;
  /** The content that failed to decrypt, so that it is not tried each time: deriving a key costs 60 ms. */
  #unreadable: { readonly content: string; readonly error: unknown } | undefined;

  /** @param path returns the path of the file; may reject with a FileError if it is unknown */
  constructor(name: string, path: () => Promise<string>, access: FileAccess) {
    const { key, password, content, file, home, inMemoryOnly = false } = access;
    this.#name = name;
    this.#file = file;
    this.#place = new AccountPlace(path, home);
    this.#cipher = new AccountCipher(name, { key, password });
    this.#content = content;
    this.#inMemoryOnly = inMemoryOnly;
  }

  /** The file's place, and how the agent opens it now. */
  get access(): FileAccess {
    return {
      key: this.#cipher.key,
      password: this.#cipher.password,
      content: this.#content,
      file: this.#file,
      home: this.#place.home,
      inMemoryOnly: this.#inMemoryOnly,
    };
  }

  /** Whether the account has no file here on purpose. */
  get inMemoryOnly(): boolean {
    return this.#inMemoryOnly;
  }

  /** Whether the file exists, or did before. */
  get hasFile(): boolean {
    return !this.#inMemoryOnly && this.#place.wasFound;
  }

  /**
   * Accepts a key or a password that a client sends for the file, if it opens the current file. If there is no file to
   * try it on, accepts it only as long as it has none.
   *
   * @throws FileError `wrong-password` if it does not open the file; then nothing changes. Never for an account that is
   * in memory only on purpose: there, a file that the key does not open belongs to another account
   */
  async offer({ key, password, inMemoryOnly = this.#inMemoryOnly }: FileAccess): Promise<void> {
    const content = await this.#readIfPossible();
    this.#first ??= content || undefined;
    if (key === undefined && (password === undefined || !isKnown(password))) return;
    if (!content) return this.#cipher.keepIfNone({ key, password });
    if (!isEncryptedWithKey(content)) return;
    try {
      if (!(await this.#cipher.tryOut(content, { key, password }))) return;
    } catch (error) {
      // Then the file belongs to another account.
      if (inMemoryOnly) return;
      throw error;
    }
    this.#inMemoryOnly = false;
    this.#unreadable = undefined;
  }

  /** A client is about to write the file, perhaps with another password: the next change of the file is the client's. */
  expectChange(): void {
    this.#expectsChange = true;
  }

  /**
   * Prepares for a new login that no client has written yet: the refresh token on disk is older than the new one.
   * @returns the account on disk, if it exists and the agent can open it
   */
  async supersede(): Promise<Account | undefined> {
    const before = await this.readChanged().catch(() => undefined);
    this.#content ??= await this.#readIfPossible();
    this.expectChange();
    return before;
  }

  /**
   * Locks the file against cooperating processes; see `HeldLock.shared` for a read-only folder. Undefined if there is
   * nothing to guard: no file in such a folder, or an unknown path.
   *
   * @throws FileError `locked` if another process does not release the lock; or the signal's reason
   */
  async lock(signal: AbortSignal): Promise<HeldLock | undefined> {
    const path = this.#inMemoryOnly ? undefined : await this.#place.pathIfKnown();
    if (path === undefined) return undefined;
    const lock = await acquire(path, { signal });
    if (lock.shared || (await exists(path))) return lock;
    await lock.release();
    return undefined;
  }

  /**
   * Whether the existing file can be written; true if no file exists.
   * @throws FileError `no-answer` if the file server does not answer
   */
  async canBeSaved(): Promise<boolean> {
    const path = this.#inMemoryOnly ? undefined : await this.#place.pathIfKnown();
    return path === undefined || !(await exists(path)) || (await canBeSaved(path));
  }

  /**
   * The account as another program has written it since the last read; undefined if none has.
   *
   * @throws FileError `changed` if another program has written it and the known key and password do not decrypt it; any
   * other kind if they never did, or if the file is unreadable
   */
  async readChanged(): Promise<Account | undefined> {
    if (this.#inMemoryOnly || (await this.#place.pathIfKnown()) === undefined) return undefined;
    const content = await this.#place.read();
    return content === undefined ? undefined : await this.#readChanged(content);
  }

  async #readChanged(content: string): Promise<Account | undefined> {
    if (content === this.#content) return undefined;
    if (content === this.#unreadable?.content) throw this.#unreadable.error;
    this.#first ??= content;
    try {
      const account = await this.#cipher.decrypt(content);
      this.#content = content;
      return account;
    } catch (cause) {
      const isAnother = content !== (this.#content ?? this.#first) || this.#cipher.isNewerThanKey(content);
      const error = isAnother && !this.#expectsChange ? changed(this.#name, cause) : cause;
      if (this.#expectsChange) {
        this.#content = undefined;
        this.#first = content;
        this.#expectsChange = false;
      }
      this.#unreadable = { content, error };
      throw error;
    }
  }

  /**
   * Writes the account, durably. Does not replace a newer refresh token of another program, unless the account has a new
   * login. A file that is gone is written again where it was, in its form. An account that is in memory only on purpose
   * has nothing to write.
   *
   * @param origin where the refresh token of the account is from
   * @returns the account as it is in the file now
   * @throws FileError when it could not be written; the file is then unchanged
   */
  async write(account: Account, origin: TokenOrigin): Promise<Account> {
    if (this.#inMemoryOnly) return account;
    const path = await this.#place.path();
    const reading = this.#place.read();
    if (await this.#writeUnlessChanged(account, reading)) return account;
    const content = await reading;
    const target = content === undefined ? await this.#place.formerPath() : this.#place.home?.target;
    try {
      // A program that writes in place on a full disk leaves an empty file.
      const stored = content ? await this.#readChanged(content) : undefined;
      if (stored !== undefined && staysInFile(stored, account, origin)) {
        return withOldTokensOf(account, stored);
      }
      const changed = stored === undefined ? account : inPlaceOf(stored, account, origin);
      const key = await this.#cipher.keyFor(content);
      const before = content || this.#content || this.#first;
      this.#content = await writeAccountFile(target ?? path, changed, key, before);
      return changed;
    } catch (error) {
      if (error instanceof FileError && error.kind === 'not-saved') throw error;
      throw cannotReplace(path, this.#name, error);
    }
  }

  /**
   * Writes the account into a file that no other program has changed since the last read or write. Writes the new
   * content to the disk while it reads the old one, because the refresh token is lost if the agent is killed before.
   *
   * @param reading the content of the file now
   * @returns false, with the file as it was, if it has changed or could not be written
   */
  async #writeUnlessChanged(account: Account, reading: Promise<string | undefined>): Promise<boolean> {
    const known = this.#content;
    const target = this.#place.home?.target;
    const isUnchanged = reading.then((content) => {
      if (content !== known || this.#place.home?.target !== target) throw new Error('the file has changed');
    });
    isUnchanged.catch(() => undefined);
    if (!known || target === undefined) return false;
    try {
      const key = await this.#cipher.keyFor(known);
      this.#content = await writeAccountFile(target, account, key, known, isUnchanged);
      return true;
    } catch {
      return false;
    }
  }

  /** The content of the file; undefined if it cannot be read. */
  async #readIfPossible(): Promise<string | undefined> {
    try {
      return await this.#place.read();
    } catch (error) {
      if (error instanceof FileError) return undefined;
      throw error;
    }
  }
}
