/** Finds the end of a first message, as `FirstMessageReader` of packages/protocol/src/framing.ts does. */
import { BACKSLASH, BRACE, CLOSING_BRACE, isBase64, QUOTE } from '../../text/characters';

/** A public key, in base64: with it, a client begins an encrypted conversation. */
export const PUBLIC_KEY_CHARACTERS: i32 = 44;

/** The Node program has to read the message. */
export const OTHER: i32 = -1;
/** The message goes on. */
export const MORE: i32 = 0;

@final
export class Framing {
  private position: i32 = 0;
  private depth: i32 = 0;
  private inText: bool = false;
  private isEscaped: bool = false;
  /** Where the message begins. */
  first: i32 = -1;
  /** Whether it is a public key, not an object. */
  isKey: bool = false;

  reset(): void {
    this.position = 0;
    this.depth = 0;
    this.inText = false;
    this.isEscaped = false;
    this.first = -1;
    this.isKey = false;
  }

  copy(other: Framing): void {
    this.position = other.position;
    this.depth = other.depth;
    this.inText = other.inText;
    this.isEscaped = other.isEscaped;
    this.first = other.first;
    this.isKey = other.isKey;
  }

  /**
   * Looks at the bytes that have come since the last call.
   * @param start of all bytes so far
   * @returns where the message ends, MORE, or OTHER when it is none
   */
  end(start: usize, size: i32): i32 {
    let position = this.position;
    if (this.first < 0) {
      while (position < size && isSpace(load<u8>(start + position))) position++;
      if (position === size) {
        this.position = position;
        return MORE;
      }
      this.isKey = load<u8>(start + position) !== BRACE;
      this.first = position;
    }
    return this.isKey ? this.keyEnd(start, position, size) : this.objectEnd(start, position, size);
  }

  private keyEnd(start: usize, from: i32, size: i32): i32 {
    const end = this.first + PUBLIC_KEY_CHARACTERS;
    this.position = min(size, end);
    for (let position = from; position < this.position; position++) {
      if (!isBase64(load<u8>(start + position))) return OTHER;
    }
    return size < end ? MORE : end;
  }

  private objectEnd(start: usize, from: i32, size: i32): i32 {
    for (let position = from; position < size; position++) {
      const byte: i32 = load<u8>(start + position);
      if (this.inText) {
        if (this.isEscaped) this.isEscaped = false;
        else if (byte === BACKSLASH) this.isEscaped = true;
        else if (byte === QUOTE) this.inText = false;
      } else if (byte === QUOTE) {
        this.inText = true;
      } else if (byte === BRACE) {
        this.depth++;
      } else if (byte === CLOSING_BRACE && --this.depth === 0) {
        return position + 1;
      }
    }
    this.position = size;
    return MORE;
  }
}

function isSpace(byte: i32): bool {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0;
}
