/**
 * Finds the end of a message (docs/protocol.md, "Framing"). Messages carry no length in front, so the reader finds the
 * end in the message itself, which may arrive in any number of chunks.
 */

/** No message of either direction is longer, in bytes. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Received bytes cannot become a message. The agent answers with this text, the C agent's, in plaintext. */
export class FramingError extends Error {
  override name = 'FramingError';
}

/** A complete first message of a connection. */
export type FirstMessage = { form: 'plaintext'; text: string } | { form: 'public-key'; text: string };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const COLON = 0x3a;
const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0;
const isBase64 = (byte: number) =>
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  (byte >= 0x2f && byte <= 0x39) ||
  byte === 0x2b ||
  byte === 0x3d;
const PUBLIC_KEY_LENGTH = 44;

/** Collects the pieces of one message. It examines each byte once, however small the pieces are. */
abstract class MessageReader<Message> {
  protected bytes: Buffer = Buffer.alloc(0);
  protected length = 0;
  #done = false;

  /**
   * Takes the next chunk.
   * @returns the message as soon as it is complete; ignores further bytes, as the C agent does
   * @throws FramingError as soon as the bytes cannot become a message of at most 1 MiB
   */
  push(piece: Uint8Array): Message | undefined {
    if (this.#done) return undefined;
    const from = this.length;
    this.#append(piece);
    const message = this.scan(from);
    if (message === undefined && this.length > MAX_MESSAGE_BYTES) throw tooLong();
    this.#done = message !== undefined;
    return message;
  }

  /** Examines the bytes from `from` on. */
  protected abstract scan(from: number): Message | undefined;

  #append(piece: Uint8Array): void {
    // A message usually arrives in one piece, which need not be copied.
    if (this.length === 0) {
      this.bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
      this.length = piece.length;
      return;
    }
    const needed = this.length + piece.length;
    if (needed > this.bytes.length) {
      const larger = Buffer.alloc(Math.max(needed, this.bytes.length * 2, 1024));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(piece, this.length);
    this.length = needed;
  }
}

/** Reads the first message of a connection: a JSON object, or the public key that starts the encrypted form. */
export class FirstMessageReader extends MessageReader<FirstMessage> {
  #start = -1;
  #depth = 0;
  #inString = false;
  #escaped = false;

  protected scan(from: number): FirstMessage | undefined {
    let position = from;
    if (this.#start < 0) {
      while (position < this.length && isSpace(this.bytes[position] ?? 0)) position += 1;
      if (position === this.length) return undefined;
      this.#start = position;
    }
    return this.bytes[this.#start] === OPEN_BRACE
      ? this.#scanObject(position)
      : this.#scanPublicKey(position);
  }

  #scanObject(from: number): FirstMessage | undefined {
    for (let position = from; position < this.length; position += 1) {
      const byte = this.bytes[position];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_BRACE) this.#depth += 1;
      else if (byte === CLOSE_BRACE) {
        this.#depth -= 1;
        if (this.#depth === 0) {
          if (position >= MAX_MESSAGE_BYTES) throw tooLong();
          return { form: 'plaintext', text: this.bytes.toString('utf8', this.#start, position + 1) };
        }
      }
    }
    return undefined;
  }

  #scanPublicKey(from: number): FirstMessage | undefined {
    const end = this.#start + PUBLIC_KEY_LENGTH;
    for (let position = from; position < Math.min(this.length, end); position += 1) {
      if (!isBase64(this.bytes[position] ?? 0)) throw notAnObject(this.bytes[this.#start]);
    }
    if (this.length < end) return undefined;
    return { form: 'public-key', text: this.bytes.toString('latin1', this.#start, end) };
  }
}

/** Reads an encrypted message, whose length follows from the number in front of it. */
export class EncryptedMessageReader extends MessageReader<string> {
  #total: number | undefined;

  protected scan(): string | undefined {
    this.#total ??= this.#announcedLength();
    if (this.#total === undefined || this.length < this.#total) return undefined;
    return this.bytes.toString('latin1', 0, this.#total);
  }

  #announcedLength(): number | undefined {
    const end = this.bytes.subarray(0, Math.min(this.length, 8)).indexOf(COLON);
    if (end < 0 && this.length < 8) return undefined;
    const digits = this.bytes.toString('latin1', 0, Math.max(end, 0));
    if (!/^\d+$/.test(digits)) throw new FramingError('internal error: ipc encrypted message malformed');
    if (Number(digits) > MAX_MESSAGE_BYTES) throw tooLong();
    const cipherLength = Math.ceil((Number(digits) + 16) / 3) * 4;
    return digits.length + 1 + 32 + 1 + cipherLength;
  }
}

/** The text for bytes that are no JSON, or half of it. */
export const NOT_JSON = 'Bad Request: could not parse json';

const tooLong = () => new FramingError(`Bad Request: message longer than ${MAX_MESSAGE_BYTES} bytes`);

/** Distinguishes JSON other than an object from garbage, as the C agent's texts do. */
const notAnObject = (firstByte = 0) =>
  new FramingError(
    firstByte === 0x5b || firstByte === QUOTE ? 'Bad Request: is not a json object' : NOT_JSON,
  );
