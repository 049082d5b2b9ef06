/** Bytes outside of the garbage collector: each copy is overwritten before its memory is free, as it may hold a token or a secret. */
import { decodeUtf8, encodeUtf8 } from '../text/utf8';

@final
export class Bytes {
  private memory: usize = 0;
  private capacity: i32 = 0;
  private offset: i32 = 0;
  /** How many there are. */
  size: i32 = 0;

  get start(): usize {
    return this.memory + this.offset;
  }

  /** Makes room for more bytes behind those that are there. @returns where the room begins */
  room(count: i32): usize {
    const needed = this.size + count;
    if (this.offset + needed > this.capacity) {
      const capacity = max(needed, this.size * 2);
      const memory = heap.alloc(capacity);
      memory_copy(memory, this.start, this.size);
      const size = this.size;
      this.clear();
      this.memory = memory;
      this.capacity = capacity;
      this.size = size;
    }
    return this.start + this.size;
  }

  append(from: usize, count: i32): void {
    memory_copy(this.room(count), from, count);
    this.size += count;
  }

  appendU8(value: i32): void {
    store<u8>(this.room(1), value);
    this.size += 1;
  }

  appendU32(value: u32): void {
    store<u32>(this.room(4), value);
    this.size += 4;
  }

  appendU64(value: u64): void {
    store<u64>(this.room(8), value);
    this.size += 8;
  }

  appendF64(value: f64): void {
    store<f64>(this.room(8), value);
    this.size += 8;
  }

  appendText(text: string): void {
    const encoded = encodeUtf8(text);
    this.append(changetype<usize>(encoded), encoded.byteLength);
  }

  /** Takes the bytes of another place, which has none afterwards. Its own ones are wiped. */
  become(other: Bytes): void {
    this.clear();
    this.memory = other.memory;
    this.capacity = other.capacity;
    this.offset = other.offset;
    this.size = other.size;
    other.memory = 0;
    other.clear();
  }

  /** Forgets the first bytes. */
  skip(count: i32): void {
    memory.fill(this.start, 0, count);
    this.offset += count;
    this.size -= count;
    if (this.size === 0) this.clear();
  }

  /** Wipes them, and gives their memory back. */
  clear(): void {
    if (this.memory !== 0) {
      memory.fill(this.memory, 0, this.capacity);
      heap.free(this.memory);
    }
    this.memory = 0;
    this.capacity = 0;
    this.offset = 0;
    this.size = 0;
  }

  toString(): string {
    return decodeUtf8(this.start, this.size);
  }
}

// In the class, `memory` is a member.
function memory_copy(to: usize, from: usize, count: i32): void {
  memory.copy(to, from, count);
}
