/** Finds the end of a request, as `FirstMessageReader` of packages/protocol/src/framing.ts does. */
import { BACKSLASH, BRACE, CLOSING_BRACE, QUOTE } from '../text/characters';

/** The request needs another look than the sleeper's. */
export const OTHER: i32 = -1;
/** The request goes on. */
export const MORE: i32 = 0;

@final
export class Framing {
  private position: i32 = 0;
  private depth: i32 = 0;
  private inText: bool = false;
  private isEscaped: bool = false;
  /** Where the object begins. */
  first: i32 = -1;

  reset(): void {
    this.position = 0;
    this.depth = 0;
    this.inText = false;
    this.isEscaped = false;
    this.first = -1;
  }

  copy(other: Framing): void {
    this.position = other.position;
    this.depth = other.depth;
    this.inText = other.inText;
    this.isEscaped = other.isEscaped;
    this.first = other.first;
  }

  /**
   * Looks at the bytes that have come since the last call.
   * @param start of all bytes so far
   * @returns where the object ends, MORE, or OTHER when it is no object
   */
  end(start: usize, size: i32): i32 {
    let position = this.position;
    if (this.first < 0) {
      while (position < size && isSpace(load<u8>(start + position))) position++;
      if (position === size) {
        this.position = position;
        return MORE;
      }
      if (load<u8>(start + position) !== BRACE) return OTHER;
      this.first = position;
    }
    for (; position < size; position++) {
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
    this.position = position;
    return MORE;
  }
}

function isSpace(byte: i32): bool {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0;
}
