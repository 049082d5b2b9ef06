/** The words of JSON (RFC 8259): texts, numbers, true, false, null, and the signs between them. */
import {
  BACKSLASH,
  CAPITAL_E,
  isControl,
  isDigit,
  MINUS,
  PLUS,
  POINT,
  QUOTE,
  SLASH,
  SMALL_B,
  SMALL_E,
  SMALL_F,
  SMALL_N,
  SMALL_R,
  SMALL_T,
  SMALL_U,
  ZERO,
} from './characters';
import { TextBuilder } from './text-builder';

export class Scanner {
  protected position: i32 = 0;

  constructor(
    protected json: string,
    /** Whether control characters may stand in texts as they are. */
    protected takesControls: bool,
  ) {}

  protected skipScalar(): bool {
    const first = this.peek();
    if (first === QUOTE) return this.readText() !== null;
    if (first === MINUS || isDigit(first)) return this.skipNumber();
    return this.takeWord('true') || this.takeWord('false') || this.takeWord('null');
  }

  private skipNumber(): bool {
    this.take(MINUS);
    if (!this.take(ZERO) && !this.skipDigits()) return false;
    if (this.take(POINT) && !this.skipDigits()) return false;
    if (!this.take(CAPITAL_E) && !this.take(SMALL_E)) return true;
    if (!this.take(MINUS)) this.take(PLUS);
    return this.skipDigits();
  }

  /** One digit at least. */
  private skipDigits(): bool {
    const start = this.position;
    while (isDigit(this.peek())) this.position++;
    return this.position > start;
  }

  /** A text between quotes, with its escapes resolved. */
  protected readText(): string | null {
    if (!this.take(QUOTE)) return null;
    const json = this.json;
    const start = this.position;
    let index = start;
    const lowest = this.lowestInText;
    let code = json.charCodeAt(index);
    while (code >= lowest && code !== QUOTE && code !== BACKSLASH) code = json.charCodeAt(++index);
    this.position = index + 1;
    if (code === QUOTE) return json.substring(start, index);
    // Else it is a control character, or -1 at the end.
    return code === BACKSLASH ? this.readEscaped(start) : null;
  }

  /** The rest of a text, from its first backslash on. */
  private readEscaped(start: i32): string | null {
    const json = this.json;
    const end = closingQuote(json, this.position - 1);
    const text = new TextBuilder(end - start);
    const lowest = this.lowestInText;
    this.position = start;
    while (this.position < end) {
      let code = json.charCodeAt(this.position++);
      if (code < lowest) return null;
      if (code === BACKSLASH) {
        // Escaping a raw control character after a backslash leaves two backslashes.
        if (this.takesControls && isControl(this.peek())) {
          text.addEscaped(json.charCodeAt(this.position++));
          continue;
        }
        code = this.readEscape();
        if (code < 0) return null;
      }
      text.add(code);
    }
    return this.take(QUOTE) ? text.toString() : null;
  }

  /** The first character that may stand in a text. */
  private get lowestInText(): i32 {
    return this.takesControls ? 0 : 0x20;
  }

  /** Reads the part after a backslash. @returns a UTF-16 code unit, or -1 */
  private readEscape(): i32 {
    const code = this.peek();
    this.position++;
    if (code === QUOTE || code === BACKSLASH || code === SLASH) return code;
    if (code === SMALL_B) return 0x08;
    if (code === SMALL_F) return 0x0c;
    if (code === SMALL_N) return 0x0a;
    if (code === SMALL_R) return 0x0d;
    if (code === SMALL_T) return 0x09;
    return code === SMALL_U ? this.readHexadecimal() : -1;
  }

  private readHexadecimal(): i32 {
    let unit = 0;
    for (let digit = 0; digit < 4; digit++) {
      const code = this.peek();
      const letter = code | 0x20;
      if (isDigit(code)) unit = unit * 16 + (code - ZERO);
      else if (letter >= 0x61 && letter <= 0x66) unit = unit * 16 + (letter - 0x61 + 10);
      else return -1;
      this.position++;
    }
    return unit;
  }

  protected skipSpace(): void {
    while (true) {
      const code = this.peek();
      if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return;
      this.position++;
    }
  }

  private takeWord(word: string): bool {
    if (!this.json.startsWith(word, this.position)) return false;
    this.position += word.length;
    return true;
  }

  protected take(code: i32): bool {
    if (this.peek() !== code) return false;
    this.position++;
    return true;
  }

  /** The next code unit, -1 at the end: charCodeAt does so in AssemblyScript. */
  protected peek(): i32 {
    return this.json.charCodeAt(this.position);
  }
}

/** The end of a text that continues at a backslash; the end of the input if the text is unterminated. */
function closingQuote(json: string, from: i32): i32 {
  for (let index = from; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (code === QUOTE) return index;
    if (code === BACKSLASH) index++;
  }
  return json.length;
}
