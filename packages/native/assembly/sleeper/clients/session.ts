/**
 * The encrypted form of a conversation (docs/protocol.md), after both sides have sent their public keys: a message is the length of the
 * plaintext, a nonce and the ciphertext, with colons between them. A message that is wrong is left to the Node program, which reads it
 * again and sends the error.
 */
import { MAX_MESSAGE_BYTES } from '../../generated';
import { COLON, isDigit, ZERO } from '../../text/characters';
import { Bytes } from '../bytes';
import * as host from '../host';
import { MORE, OTHER, PUBLIC_KEY_CHARACTERS } from './framing';
import { MAX_REQUEST_BYTES } from './request';

const COMMON_KEY_BYTES: i32 = 32;
const NONCE_CHARACTERS: i32 = 32;
const MAC_BYTES: i32 = 16;
/** The decimal length and the colon behind it. */
const MAX_LENGTH_CHARACTERS: i32 = 8;

/** With a NUL at its end. */
const ownKey = memory.data(45);

@final
export class Session {
  /** The key that both sides have. */
  readonly key: Bytes = new Bytes();
  /** Of the message: the bytes of its plaintext, and the characters of its length. */
  private plainBytes: i32 = 0;
  private lengthCharacters: i32 = 0;

  /**
   * Agrees on a key with a client, and sends it this side's public key.
   * @returns null if the client's public key is refused
   */
  static begin(fd: i32, clientKey: usize): Session | null {
    const session = new Session();
    const key = session.key;
    const isSound = host.agree(clientKey, key.room(COMMON_KEY_BYTES), ownKey);
    key.size = COMMON_KEY_BYTES;
    if (!isSound) {
      key.clear();
      return null;
    }
    // There is always room for it. The next read finds out whether the client has gone.
    host.write(fd, ownKey, PUBLIC_KEY_CHARACTERS);
    return session;
  }

  /** Goes on with a conversation for which another program has agreed on this key. */
  static resume(key: Bytes): Session {
    const session = new Session();
    session.key.become(key);
    return session;
  }

  /** Finds the end of the client's message, as `EncryptedMessageReader` of packages/protocol/src/framing.ts does. */
  end(start: usize, size: i32): i32 {
    let position = 0;
    let bytes = 0;
    while (position < size && position < MAX_LENGTH_CHARACTERS && isDigit(load<u8>(start + position))) {
      bytes = bytes * 10 + (<i32>load<u8>(start + position) - ZERO);
      position++;
    }
    if (position === size) return size < MAX_LENGTH_CHARACTERS ? MORE : OTHER;
    if (position === 0 || position === MAX_LENGTH_CHARACTERS || load<u8>(start + position) !== COLON)
      return OTHER;
    if (bytes > MAX_REQUEST_BYTES) return OTHER;
    this.plainBytes = bytes;
    this.lengthCharacters = position + 1;
    const cipherCharacters = ((bytes + MAC_BYTES + 2) / 3) * 4;
    const total = this.lengthCharacters + NONCE_CHARACTERS + 1 + cipherCharacters;
    return size < total ? MORE : total;
  }

  /** Decrypts the message whose end was found. @returns null if it was not made with this key */
  open(start: usize): Bytes | null {
    const plain = new Bytes();
    const to = plain.room(this.plainBytes + MAC_BYTES);
    const isOpen = host.open(this.key.start, start + this.lengthCharacters, this.plainBytes, to);
    plain.size = this.plainBytes;
    if (isOpen) return plain;
    plain.clear();
    return null;
  }

  /** @returns the message to send; null for an answer that is too long for one */
  seal(answer: Bytes): Bytes | null {
    if (answer.size > MAX_MESSAGE_BYTES) return null;
    const message = new Bytes();
    const to = message.room(host.sealRoom(answer.size));
    message.size = host.seal(this.key.start, answer.start, answer.size, to);
    return message;
  }
}
