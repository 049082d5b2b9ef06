/**
 * The encrypted form of the wire protocol (docs/protocol.md, "Encrypted form"): both sides make a fresh X25519 key pair
 * for every connection; a message is `<length of the plaintext>:<nonce>:<ciphertext>`, sealed with XSalsa20-Poly1305.
 */
import sodium from 'sodium-native';

/** A failure of the key exchange or of one message. Its text is the C agent's answer. */
export class EncryptionError extends Error {
  override name = 'EncryptionError';
}

const PUBLIC_KEY_PATTERN = /^[A-Za-z0-9+/]{43}=$/;
const MESSAGE_PATTERN = /^(\d{1,7}):([A-Za-z0-9+/]{32}):([A-Za-z0-9+/]+={0,2})$/;

/** One side of one encrypted conversation. The secret key lives as long as the object: for one connection. */
export class EncryptedChannel {
  readonly #publicKey = Buffer.alloc(sodium.crypto_box_PUBLICKEYBYTES);
  // Guarded memory would take a fifth of the time of an exchange, for a key that lives only as long as one connection.
  readonly #secretKey = Buffer.alloc(sodium.crypto_box_SECRETKEYBYTES);
  #commonKey: Buffer | undefined;

  /** @param secretKey 32 bytes; only known-answer tests give it, all others get a fresh one. */
  constructor(secretKey?: Uint8Array) {
    if (secretKey === undefined) {
      sodium.crypto_box_keypair(this.#publicKey, this.#secretKey);
    } else {
      this.#secretKey.set(secretKey);
      sodium.crypto_scalarmult_base(this.#publicKey, this.#secretKey);
    }
  }

  /** Our public key as it is sent: 44 characters of padded base64. */
  get publicKey(): string {
    return this.#publicKey.toString('base64');
  }

  /**
   * Takes the other side's public key.
   * @throws EncryptionError when it is not 32 bytes of base64, or is a point of low order (which would make the key
   *   predictable).
   */
  setPeer(publicKey: string): void {
    if (!PUBLIC_KEY_PATTERN.test(publicKey)) throw new EncryptionError('received suspicious public key');
    try {
      this.#commonKey = commonKey(this.#secretKey, Buffer.from(publicKey, 'base64'));
    } catch {
      throw new EncryptionError('received suspicious public key');
    }
  }

  /** Takes the key that another process has agreed on with the other side: 32 bytes. */
  setCommonKey(key: Uint8Array): void {
    this.#commonKey = Buffer.from(key);
  }

  /**
   * Encrypts one message for the other side, by default under a random nonce of 24 bytes.
   * @throws EncryptionError if there is no common key yet
   */
  seal(text: string, nonce: Buffer = randomNonce()): string {
    const plain = Buffer.from(text);
    const cipher = Buffer.alloc(plain.length + sodium.crypto_secretbox_MACBYTES);
    sodium.crypto_secretbox_easy(cipher, plain, nonce, this.#agreedKey());
    return `${plain.length}:${nonce.toString('base64')}:${cipher.toString('base64')}`;
  }

  /**
   * Decrypts one message of the other side.
   * @throws EncryptionError for a malformed message, a wrong length and a wrong authentication code.
   */
  open(message: string): string {
    const [, length, nonce, cipherText] = MESSAGE_PATTERN.exec(message) ?? [];
    if (length === undefined || nonce === undefined || cipherText === undefined) {
      throw new EncryptionError('internal error: ipc encrypted message malformed');
    }
    const cipher = Buffer.from(cipherText, 'base64');
    if (cipher.length !== Number(length) + sodium.crypto_secretbox_MACBYTES)
      throw new EncryptionError('decryption failed');
    const plain = Buffer.alloc(Number(length));
    if (!sodium.crypto_secretbox_open_easy(plain, cipher, Buffer.from(nonce, 'base64'), this.#agreedKey())) {
      throw new EncryptionError('decryption failed');
    }
    return plain.toString();
  }

  #agreedKey(): Buffer {
    if (this.#commonKey === undefined) throw new EncryptionError('there is no common key yet');
    return this.#commonKey;
  }
}

/**
 * Does the work of crypto_box_beforenm, which the binding lacks: with the common key a message is a secretbox, so each
 * conversation needs one scalar multiplication instead of one for each message.
 *
 * The key is HSalsa20 of the common point and a zero input: those words of one Salsa20 block (zero nonce, first block)
 * in which the input is constant, before the cipher adds the input. So the code takes them from the block and subtracts
 * the input.
 *
 * @throws Error for a point of low order
 */
function commonKey(secretKey: Buffer, publicKey: Buffer): Buffer {
  const point = Buffer.alloc(sodium.crypto_scalarmult_BYTES);
  sodium.crypto_scalarmult(point, secretKey, publicKey);
  const block = Buffer.alloc(64);
  sodium.crypto_stream_salsa20(block, Buffer.alloc(sodium.crypto_stream_salsa20_NONCEBYTES), point);
  const key = Buffer.alloc(sodium.crypto_secretbox_KEYBYTES);
  for (const [index, [word, input]] of hsalsaWords.entries()) {
    key.writeUInt32LE((block.readUInt32LE(word * 4) - input) >>> 0, index * 4);
  }
  return key;
}

/** The words of the block that make the key, in order, and their input: the constants of Salsa20, and the zero input. */
const hsalsaWords = [
  [0, 0x61707865],
  [5, 0x3320646e],
  [10, 0x79622d32],
  [15, 0x6b206574],
  [6, 0],
  [7, 0],
  [8, 0],
  [9, 0],
] as const;

function randomNonce(): Buffer {
  const nonce = Buffer.alloc(sodium.crypto_secretbox_NONCEBYTES);
  sodium.randombytes_buf(nonce);
  return nonce;
}
