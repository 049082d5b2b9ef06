import { FileError } from '../../files/errors.ts';
import { type Account, parseAccount } from '../account.ts';
import { decryptAccountContent } from '../account-file.ts';
import type { FileKey } from '../format/crypt.ts';
import { parseAccountFile } from '../format/format.ts';
import { isKnown, KeptPassword, type KnownPassword, knownPasswords } from '../passwords/known-password.ts';
import { doesNotOpen } from './account-errors.ts';

/** What decrypts the file of an account. */
export interface FileOpener {
  readonly key?: FileKey | undefined;
  /** The source of the password, for an account without a key or after another program has encrypted the file again. */
  readonly password?: KnownPassword | undefined;
}

/** Decrypts the file of a loaded account, with the key and the source of the password that clients have given. */
export class AccountCipher {
  readonly #name: string;
  /** The key that has opened the file, or that a client has given for a file that does not exist yet. */
  #key: FileKey | undefined;
  readonly #password = new KeptPassword();

  constructor(name: string, { key, password = {} }: FileOpener) {
    this.#name = name;
    this.#key = key;
    this.#password.keep(password);
  }

  get key(): FileKey | undefined {
    return this.#key;
  }

  get password(): KnownPassword {
    return this.#password.known;
  }

  /** @throws FileError; the key stays as it was then */
  async decrypt(content: string): Promise<Account> {
    const { text, key } = await decryptAccountContent(content, this.#passwords(), this.#key);
    const account = parseAccount(text);
    this.#key = key;
    return account;
  }

  /** Accepts a key and a password source that nothing can prove, as long as there are none. */
  keepIfNone({ key, password = {} }: FileOpener): void {
    this.#key ??= key;
    if (!isKnown(this.#password.known)) this.#password.keep(password);
  }

  /**
   * Accepts a key and a password source if they open the file.
   *
   * @returns false if the agent cannot read the only source, a file
   * @throws FileError `wrong-password` if they do not open it
   */
  async tryOut(content: string, { key, password = {} }: FileOpener): Promise<boolean> {
    try {
      this.#key = (await decryptAccountContent(content, knownPasswords(this.#name, password), key)).key;
      this.#password.keep(password);
      return true;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const isOnlyFile = key === undefined && password.value === undefined && password.file !== undefined;
      const isFirst = !isKnown(this.#password.known) && this.#key === undefined;
      if (!isOnlyFile || error.kind !== 'no-password' || !isFirst) throw doesNotOpen(this.#name, error);
      // oidc-add of the C suite names a password file as the user did, perhaps from another folder than the agent's.
      this.#password.keep(password);
      return false;
    }
  }

  /** Whether another program has encrypted the file again since a client sent the key. */
  isNewerThanKey(content: string): boolean {
    const salt = this.#key && Buffer.from(this.#key.salt).toString('base64');
    return salt !== undefined && /^[0-9]+\r?\n/.test(content) && !content.includes(salt);
  }

  /**
   * The key to encrypt the file again. Derived once: a rotated refresh token is then saved without a password.
   * @throws FileError if the file is malformed, or no known password opens it
   */
  async keyFor(content: string | undefined): Promise<FileKey | undefined> {
    if (content && this.#key === undefined && isEncryptedWithKey(content)) {
      this.#key = (await decryptAccountContent(content, this.#passwords())).key;
    }
    return this.#key;
  }

  #passwords() {
    return knownPasswords(this.#name, this.#password.known);
  }
}

/**
 * Whether a password or its key opens a file. If not, it is plain JSON or encrypted with GPG: the agent keeps neither.
 * @throws FileError `malformed`
 */
export function isEncryptedWithKey(content: string): boolean {
  const { form } = parseAccountFile(content);
  return form === 'sealed' || form === 'hex';
}
