/** A text in the making, of UTF-16 code units. It takes memory once, where strings that are added up would take it each time. */
export class TextBuilder {
  private units: StaticArray<u16>;
  private length: i32 = 0;

  /** @param expected units; more find room, too */
  constructor(expected: i32) {
    this.units = new StaticArray<u16>(expected);
  }

  add(unit: i32): void {
    if (this.length === this.units.length) this.grow();
    this.units[this.length++] = <u16>unit;
  }

  /** Two units for a character beyond the first plane. */
  addCodePoint(point: u32): void {
    if (point < 0x10000) {
      this.add(point);
    } else {
      this.add(0xd800 + ((point - 0x10000) >> 10));
      this.add(0xdc00 + (point & 0x3ff));
    }
  }

  addText(text: string): void {
    for (let index = 0; index < text.length; index++) this.add(text.charCodeAt(index));
  }

  /** `\u001f`, as in JSON. */
  addEscaped(unit: i32): void {
    this.addText('\\u00');
    this.add(hexadecimalDigit(unit >> 4));
    this.add(hexadecimalDigit(unit & 0xf));
  }

  toString(): string {
    return String.UTF16.decodeUnsafe(changetype<usize>(this.units), this.length << 1);
  }

  private grow(): void {
    const larger = new StaticArray<u16>(this.length * 2 + 16);
    memory.copy(changetype<usize>(larger), changetype<usize>(this.units), this.length << 1);
    this.units = larger;
  }
}

function hexadecimalDigit(value: i32): i32 {
  return value < 10 ? 0x30 + value : 0x61 + value - 10;
}
