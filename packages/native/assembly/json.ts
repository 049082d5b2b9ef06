/** JSON (RFC 8259): the members of an object. What is deeper is checked, and kept as it is written. */
import { isDigit } from './characters';
import { TextBuilder } from './text-builder';

export enum Kind {
  Text,
  Number,
  Null,
  Object,
  /** An array, true or false. */
  Other,
}

export class Value {
  constructor(
    readonly kind: Kind,
    /** What a text says; of everything else, how it is written. */
    readonly text: string,
  ) {}
}

/** The members of the object that a text is, the last one of each name. @returns null if it is not JSON, or no object */
export function readObject(json: string): Map<string, Value> | null {
  return new Reader(json).readDocument();
}

class Reader {
  private position: i32 = 0;

  constructor(private json: string) {}

  readDocument(): Map<string, Value> | null {
    const members = new Map<string, Value>();
    this.skipSpace();
    if (!this.take(BRACE)) return null;
    this.skipSpace();
    if (!this.take(CLOSING_BRACE)) {
      do {
        const name = this.readName();
        if (name === null) return null;
        const value = this.readValue();
        if (value === null) return null;
        members.set(name, value);
        this.skipSpace();
      } while (this.take(COMMA));
      if (!this.take(CLOSING_BRACE)) return null;
    }
    this.skipSpace();
    return this.position === this.json.length ? members : null;
  }

  /** A name and its colon. */
  private readName(): string | null {
    this.skipSpace();
    const name = this.readText();
    this.skipSpace();
    return name !== null && this.take(COLON) ? name : null;
  }

  private readValue(): Value | null {
    this.skipSpace();
    const start = this.position;
    const first = this.peek();
    if (first === QUOTE) {
      const text = this.readText();
      return text === null ? null : new Value(Kind.Text, text);
    }
    if (!this.skipValue()) return null;
    const written = this.json.substring(start, this.position);
    if (first === BRACE) return new Value(Kind.Object, written);
    if (written === 'null') return new Value(Kind.Null, written);
    return new Value(first === MINUS || isDigit(first) ? Kind.Number : Kind.Other, written);
  }

  /** Checks a value of any depth, without a call for each level: there may be as many as bytes. */
  private skipValue(): bool {
    // Of each array or object that is open, what closes it.
    const open: i32[] = [];
    do {
      this.skipSpace();
      if (this.take(BRACE)) {
        this.skipSpace();
        if (!this.take(CLOSING_BRACE)) {
          if (this.readName() === null) return false;
          open.push(CLOSING_BRACE);
          continue;
        }
      } else if (this.take(BRACKET)) {
        this.skipSpace();
        if (!this.take(CLOSING_BRACKET)) {
          open.push(CLOSING_BRACKET);
          continue;
        }
      } else if (!this.skipScalar()) {
        return false;
      }
      if (!this.skipToNextValue(open)) return false;
    } while (open.length > 0);
    return true;
  }

  /** After a value: closes what ends here, then takes a comma and a name, if one is due. */
  private skipToNextValue(open: i32[]): bool {
    while (open.length > 0) {
      const closing = open[open.length - 1];
      this.skipSpace();
      if (this.take(COMMA)) return closing === CLOSING_BRACKET || this.readName() !== null;
      if (!this.take(closing)) return false;
      open.pop();
    }
    return true;
  }

  private skipScalar(): bool {
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
  private readText(): string | null {
    if (!this.take(QUOTE)) return null;
    const json = this.json;
    const start = this.position;
    let index = start;
    let code = json.charCodeAt(index);
    while (code >= 0x20 && code !== QUOTE && code !== BACKSLASH) code = json.charCodeAt(++index);
    this.position = index + 1;
    if (code === QUOTE) return json.substring(start, index);
    // Else it is a control character, or -1 at the end.
    return code === BACKSLASH ? this.readEscaped(start) : null;
  }

  /** The rest of a text, from its first backslash on. */
  private readEscaped(start: i32): string | null {
    const json = this.json;
    const end = closingQuote(json, this.position - 1);
    // No text is longer than it is written.
    const text = new TextBuilder(end - start);
    this.position = start;
    while (this.position < end) {
      let code = json.charCodeAt(this.position++);
      if (code < 0x20) return null;
      if (code === BACKSLASH) {
        code = this.readEscape();
        if (code < 0) return null;
      }
      text.add(code);
    }
    return this.take(QUOTE) ? text.toString() : null;
  }

  /** What follows a backslash. @returns a UTF-16 code unit, or -1 */
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

  private skipSpace(): void {
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

  private take(code: i32): bool {
    if (this.peek() !== code) return false;
    this.position++;
    return true;
  }

  /** The next code unit, -1 at the end: charCodeAt does so in AssemblyScript. */
  private peek(): i32 {
    return this.json.charCodeAt(this.position);
  }
}

/** Where the text ends that goes on at a backslash; where the whole ends if nothing closes it. */
function closingQuote(json: string, from: i32): i32 {
  for (let index = from; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (code === QUOTE) return index;
    if (code === BACKSLASH) index++;
  }
  return json.length;
}

const QUOTE: i32 = 0x22;
const PLUS: i32 = 0x2b;
const COMMA: i32 = 0x2c;
const MINUS: i32 = 0x2d;
const POINT: i32 = 0x2e;
const SLASH: i32 = 0x2f;
const ZERO: i32 = 0x30;
const COLON: i32 = 0x3a;
const CAPITAL_E: i32 = 0x45;
const BRACKET: i32 = 0x5b;
const BACKSLASH: i32 = 0x5c;
const CLOSING_BRACKET: i32 = 0x5d;
const SMALL_B: i32 = 0x62;
const SMALL_E: i32 = 0x65;
const SMALL_F: i32 = 0x66;
const SMALL_N: i32 = 0x6e;
const SMALL_R: i32 = 0x72;
const SMALL_T: i32 = 0x74;
const SMALL_U: i32 = 0x75;
const BRACE: i32 = 0x7b;
const CLOSING_BRACE: i32 = 0x7d;
