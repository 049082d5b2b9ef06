import type { Secret } from '../secret.ts';
import { type Account, parseAccount } from './account.ts';
import type { FileKey } from './crypt.ts';
import { describeSystemError, VaultError } from './errors.ts';
import { acquire, type HeldLock } from './lock.ts';
import { exists } from './lock-file.ts';
import { type PasswordSource, passwordSource } from './passwords.ts';
import { decryptAccountContent, readAccountContent, writeAccountFile } from './store.ts';

/** How the file of a loaded account is opened again. */
export interface FileAccess {
  readonly key?: FileKey | undefined;
  /** Where the password comes from when there is no key, or the file was encrypted anew. */
  readonly password?: KnownPassword | undefined;
  /** What the file contained when the account was loaded from it. */
  readonly content?: string | undefined;
}

/** A password that needs nobody to be asked: itself, the command that prints it, or the file that begins with it. */
export interface KnownPassword {
  readonly value?: Secret | undefined;
  /** When the password itself is forgotten; milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
  readonly command?: string | undefined;
  readonly file?: string | undefined;
}

/** Milliseconds after which the wall clock is looked at again. */
const LOOK = 30_000;

/**
 * The file of a loaded account, which other agents, oidc-gen and the C suite may change at any time. Who uses its refresh
 * token locks it, reads it, and writes what came of it.
 */
export class AccountStore {
  readonly #name: string;
  readonly #path: () => Promise<string>;
  #key: FileKey | undefined;
  #password: KnownPassword = {};
  #timer: NodeJS.Timeout | undefined;
  /** What the file contained when it was last read or written; what differs from it was written by somebody else. */
  #content: string | undefined;
  /** What it contained when it was first looked at, decrypted or not. */
  #first: string | undefined;
  #expectsChange = false;
  /** What could not be decrypted, so that it is not tried each time: a derived key costs 60 ms. */
  #unreadable: { readonly content: string; readonly error: unknown } | undefined;

  /** @param path where the file is; may reject with a VaultError when nobody knows */
  constructor(name: string, path: () => Promise<string>, { key, password = {}, content }: FileAccess) {
    this.#name = name;
    this.#path = path;
    this.#key = key;
    this.#keepPassword(password);
    this.#content = content;
  }

  /** How the file is opened now. */
  get access(): FileAccess {
    return { key: this.#key, password: this.#password, content: this.#content };
  }

  /** From now on the file is opened in this way, as the person's password has changed. */
  reopen({ key, password = {} }: FileAccess): void {
    this.#key = key;
    this.#keepPassword(password);
    this.#unreadable = undefined;
  }

  /** A client is about to write the file, perhaps with another password: what is found next is what it has written. */
  expectChange(): void {
    this.#expectsChange = true;
  }

  /**
   * Keeps everybody away who keeps to the lock; see `HeldLock.shared` for a folder that cannot be written. Undefined where
   * nothing has to be guarded: there is no file in such a folder, or nobody knows where it is.
   *
   * Throws a VaultError `locked` when somebody else does not let go, or the signal's reason.
   */
  async lock(signal: AbortSignal): Promise<HeldLock | undefined> {
    const path = await this.#pathIfKnown();
    if (path === undefined) return undefined;
    const lock = await acquire(path, { signal });
    if (lock.shared || (await exists(path))) return lock;
    await lock.release();
    return undefined;
  }

  /**
   * The account as somebody else has written it since it was last read; undefined if nobody has.
   *
   * @throws VaultError `changed` when somebody has, and it cannot be decrypted with what is known; any other kind when it
   * never could be, or cannot be opened
   */
  async readChanged(): Promise<Account | undefined> {
    const path = await this.#pathIfKnown();
    const content = path === undefined ? undefined : await contentIfAny(path);
    if (content === undefined || content === this.#content) return undefined;
    if (content === this.#unreadable?.content) throw this.#unreadable.error;
    this.#first ??= content;
    try {
      const { text, key } = await decryptAccountContent(content, this.#passwords(), this.#key);
      const account = parseAccount(text);
      this.#key = key;
      this.#content = content;
      return account;
    } catch (cause) {
      const isAnother = content !== (this.#content ?? this.#first) || this.#hasAnotherKey(content);
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
   * Writes the account, durably, unless somebody else has put another login in its place, or has deleted the file: an
   * account without one is in memory only.
   *
   * @param spent the refresh token that was used up for the one of the account
   * @returns the account as it is in the file now
   * @throws VaultError when it could not be written; the old file is as it was
   */
  async write(account: Account, spent: Secret): Promise<Account> {
    const path = await this.#path();
    const content = await contentIfAny(path);
    if (content === undefined) return account;
    // An empty file is what a program leaves that finds no room for what it wanted to write in place.
    const stored =
      content === ''
        ? undefined
        : await this.readChanged().catch((error: unknown) => {
            throw cannotReplace(path, account.name, error);
          });
    if (stored !== undefined && stored.refresh_token?.reveal() !== spent.reveal()) return stored;
    const changed = { ...(stored ?? account), refresh_token: account.refresh_token };
    this.#content = await writeAccountFile(path, changed, await this.#keyFor(path));
    return changed;
  }

  /** Whether it was encrypted anew since a client has given the key with which it had opened the file. */
  #hasAnotherKey(content: string): boolean {
    const salt = this.#key && Buffer.from(this.#key.salt).toString('base64');
    return salt !== undefined && /^[0-9]+\r?\n/.test(content) && !content.includes(salt);
  }

  /** Derived once: a rotated refresh token is then saved without a password. */
  async #keyFor(path: string): Promise<FileKey | undefined> {
    this.#key ??= (await decryptAccountContent(await readAccountContent(path), this.#passwords())).key;
    return this.#key;
  }

  #keepPassword(password: KnownPassword): void {
    clearTimeout(this.#timer);
    this.#password = password;
    const { value, expiresAt } = password;
    if (value !== undefined && expiresAt !== undefined)
      this.#forgetPassword(expiresAt, Number.POSITIVE_INFINITY);
  }

  /** @param left milliseconds, by the timers: the wall clock may be set back, and timers do not count a sleep of the computer */
  #forgetPassword(expiresAt: number, left: number): void {
    const wait = Math.min(left, expiresAt - Date.now());
    const step = Math.min(wait, LOOK);
    if (wait <= 0) this.#password = { ...this.#password, value: undefined };
    else this.#timer = setTimeout(() => this.#forgetPassword(expiresAt, wait - step), step).unref();
  }

  #passwords(): PasswordSource {
    const { value, command, file } = this.#password;
    return passwordSource({
      account: this.#name,
      command,
      file,
      // The one place of a password that came as such.
      ...(value && { variable: 'password', env: { password: value.reveal() } }),
    });
  }

  async #pathIfKnown(): Promise<string | undefined> {
    try {
      return await this.#path();
    } catch (error) {
      if (error instanceof VaultError) return undefined;
      throw error;
    }
  }
}

/** What cannot be read is not overwritten: it may be a new login, or have a new password. */
function cannotReplace(path: string, name: string, cause: unknown): VaultError {
  const message = `could not open the account file '${path}' to save it: ${describeSystemError(cause)}`;
  return new VaultError('not-saved', message, { hints: [givePassword(name)], cause });
}

function changed(name: string, cause: unknown): VaultError {
  const message = `another program has written the account file of '${name}': ${describeSystemError(cause)}`;
  return new VaultError('changed', message, { hints: [givePassword(name)], cause });
}

const givePassword = (name: string) => `give the agent its password: oidc-add --force ${name}`;

async function contentIfAny(path: string): Promise<string | undefined> {
  try {
    return await readAccountContent(path);
  } catch (error) {
    if (error instanceof VaultError && error.kind === 'not-found') return undefined;
    throw error;
  }
}
