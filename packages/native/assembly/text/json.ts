/** JSON (RFC 8259): the members of an object. Checks nested values, and keeps them as written. */
import {
  BRACE,
  BRACKET,
  CLOSING_BRACE,
  CLOSING_BRACKET,
  COLON,
  COMMA,
  isDigit,
  MINUS,
  QUOTE,
} from './characters';
import { Scanner } from './scanner';

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
    /** The content of a text; for all other types, the value as written. */
    readonly text: string,
  ) {}
}

/**
 * The members of the object that a text is, the last one of each name.
 *
 * @param takesControls whether control characters may stand in texts as they are, where JSON wants them escaped
 * @returns null if it is not JSON, or no object
 */
export function readObject(json: string, takesControls: bool = false): Map<string, Value> | null {
  return new Reader(json, takesControls).readDocument();
}

class Reader extends Scanner {
  /** The closing character of each open array or object in a member. */
  private readonly open: i32[] = [];

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

  /** Checks a value of any depth, without a call for each level: a text can have as many levels as bytes. */
  private skipValue(): bool {
    const open = this.open;
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
      if (!this.skipToNextValue()) return false;
    } while (open.length > 0);
    return true;
  }

  /** After a value: closes the arrays and objects that end here, then takes a comma and a name, if one must follow. */
  private skipToNextValue(): bool {
    const open = this.open;
    while (open.length > 0) {
      const closing = open[open.length - 1];
      this.skipSpace();
      if (this.take(COMMA)) return closing === CLOSING_BRACKET || this.readName() !== null;
      if (!this.take(closing)) return false;
      open.pop();
    }
    return true;
  }
}
