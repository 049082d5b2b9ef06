import { randomBytes, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';
import { FileError } from '../../files/errors.ts';
import type { Secret } from '../../secret.ts';
import { sodium } from './sodium.ts';

// Sizes in bytes: crypto_secretbox (XSalsa20-Poly1305) and crypto_pwhash of libsodium.
export const NONCE_LENGTH = 24;
export const SALT_LENGTH = 16;
export const MAC_LENGTH = 16;
export const KEY_LENGTH = 32;
export const HASH_LENGTH = 32;

/** Argon2 settings: passes, memory in bytes, and libsodium's number for the algorithm. */
interface KeyDerivation {
  readonly passes: number;
  readonly memory: number;
  readonly algorithm: number;
}

/** Argon2id v1.3 with libsodium's "interactive" limits: every 7-line file. */
export const ARGON2ID: KeyDerivation = { passes: 2, memory: 67_108_864, algorithm: 2 };
/** Argon2i v1.3, what libsodium 1.0.11 and older called "interactive": hex files of that time. */
const ARGON2I: KeyDerivation = { passes: 4, memory: 33_554_432, algorithm: 1 };

/** An encrypted text with all that is needed to decrypt it again, the password aside. */
export interface Sealed {
  readonly nonce: Uint8Array;
  readonly salt: Uint8Array;
  /** The authentication tag (16 bytes), then the encrypted text. */
  readonly cipher: Uint8Array;
  /** Distinguishes a wrong password from a damaged file; the hex files from before 2.1.0 have none. */
  readonly hash: Uint8Array;
}

/** Like `Sealed`, as oidc-agent before 2.1.0 wrote it. */
export type LegacySealed = Omit<Sealed, 'hash'>;

/** A file key in Base64. */
export interface FileKeyText {
  readonly salt: string;
  readonly key: string;
}

/**
 * The key of one account file: derived by Argon2id from the file's password and salt.
 *
 * Kept while the account is loaded, so that the agent saves a rotated refresh token without asking for the password and
 * without a second key derivation. Lives in libsodium's guarded memory.
 */
export class FileKey {
  readonly salt: Uint8Array;
  readonly #bytes: Buffer;
  #wiped = false;

  private constructor(salt: Uint8Array, bytes: Buffer) {
    this.salt = salt;
    this.#bytes = bytes;
  }

  /** Derives the key (about 60 ms and 64 MiB, off the event loop); without a salt, a fresh one for a new file. */
  static async derive(password: Secret, salt: Uint8Array = randomBytes(SALT_LENGTH)): Promise<FileKey> {
    return new FileKey(salt, await argon2(password, salt, KEY_LENGTH + HASH_LENGTH, ARGON2ID));
  }

  /**
   * The key that another process has handed over.
   * @throws RangeError for other lengths
   */
  static fromText(text: FileKeyText): FileKey {
    const [salt, bytes] = [Buffer.from(text.salt, 'base64'), Buffer.from(text.key, 'base64')];
    if (salt.length !== SALT_LENGTH || bytes.length !== KEY_LENGTH + HASH_LENGTH) {
      throw new RangeError(
        `a file key has ${SALT_LENGTH} bytes of salt and ${KEY_LENGTH + HASH_LENGTH} of key`,
      );
    }
    const secured = sodium().sodium_malloc(bytes.length);
    secured.set(bytes);
    return new FileKey(Uint8Array.from(salt), secured);
  }

  /**
   * 64 bytes: the secretbox key, then the hash. As secret as the password; a view of the guarded memory, not a copy.
   * @throws Error if the key was wiped
   */
  get bytes(): Buffer {
    if (this.#wiped) throw new Error('this file key was wiped');
    return this.#bytes;
  }

  /** To hand it over to another process. As secret as the password. */
  toText(): FileKeyText {
    return { salt: Buffer.from(this.salt).toString('base64'), key: this.bytes.toString('base64') };
  }

  /** Overwrites the key in memory; using it afterwards is an error. */
  wipe(): void {
    sodium().sodium_memzero(this.#bytes);
    this.#wiped = true;
  }

  toJSON(): string {
    return '[file key]';
  }

  [inspect.custom](): string {
    return '[file key]';
  }
}

/** Encrypts with a fresh nonce. Milliseconds, as the key is derived already. */
export function seal(plaintext: string, key: FileKey): Sealed {
  const message = Buffer.from(plaintext);
  const nonce = randomBytes(NONCE_LENGTH);
  const cipher = Buffer.alloc(message.length + MAC_LENGTH);
  sodium().crypto_secretbox_easy(cipher, message, nonce, key.bytes.subarray(0, KEY_LENGTH));
  sodium().sodium_memzero(message);
  return { nonce, salt: key.salt, cipher, hash: Uint8Array.from(key.bytes.subarray(KEY_LENGTH)) };
}

/**
 * Decrypts.
 * @throws FileError, `wrong-password` or (a file that was damaged) `malformed`
 */
export function open(sealed: Sealed, key: FileKey): string {
  if (!timingSafeEqual(sealed.hash, key.bytes.subarray(KEY_LENGTH))) throw wrongPassword();
  const plaintext = openBox(sealed, key.bytes.subarray(0, KEY_LENGTH));
  if (plaintext === undefined) {
    throw new FileError('malformed', 'decryption failed', {
      hints: ['the password is right, but the encrypted content was damaged: restore the file from a backup'],
    });
  }
  return plaintext;
}

/**
 * Decrypts the content of a hex file.
 * @throws FileError `wrong-password`, also for a damaged file, which this format cannot distinguish
 */
export async function openLegacy(sealed: LegacySealed, password: Secret): Promise<string> {
  for (const derivation of [ARGON2I, ARGON2ID]) {
    const key = await argon2(password, sealed.salt, KEY_LENGTH, derivation);
    const plaintext = openBox(sealed, key);
    sodium().sodium_memzero(key);
    if (plaintext !== undefined) return plaintext;
  }
  throw wrongPassword();
}

function wrongPassword(): FileError {
  return new FileError('wrong-password', 'wrong password');
}

function openBox(sealed: LegacySealed, key: Buffer): string | undefined {
  if (sealed.cipher.length < MAC_LENGTH) return undefined;
  const plaintext = Buffer.alloc(sealed.cipher.length - MAC_LENGTH);
  const opened = sodium().crypto_secretbox_open_easy(
    plaintext,
    Buffer.from(sealed.cipher),
    Buffer.from(sealed.nonce),
    key,
  );
  if (!opened) return undefined;
  const text = plaintext.toString();
  sodium().sodium_memzero(plaintext);
  return text;
}

function argon2(
  password: Secret,
  salt: Uint8Array,
  length: number,
  derivation: KeyDerivation,
): Promise<Buffer> {
  const output = sodium().sodium_malloc(length);
  const input = Buffer.from(password.reveal());
  const { passes, memory, algorithm } = derivation;
  return new Promise((resolve, reject) => {
    sodium().crypto_pwhash_async(output, input, Buffer.from(salt), passes, memory, algorithm, (error) => {
      sodium().sodium_memzero(input);
      if (error) reject(error);
      else resolve(output);
    });
  });
}
