/**
 * The frames between the sleeping agent and the Node program: four bytes with the length of the content, one with its kind, the
 * content. Numbers are little-endian, a text has its length in four bytes in front. The other side, with what each kind is for, is
 * packages/agent/src/daemon/process/frames.ts.
 */
import { Frame, PROTOCOL_VERSION } from '../generated';
import { decodeUtf8, encodeUtf8 } from '../text/utf8';
import { Bytes } from './bytes';

const HEADER_BYTES: i32 = 5;

/** A frame that has arrived, and a place in it. */
@final
export class Reader {
  private content: usize = 0;
  private position: usize = 0;
  private end: usize = 0;
  kind: i32 = 0;

  /** Whether there is a whole frame at the beginning of the bytes, which is then read. */
  begin(bytes: Bytes): bool {
    if (bytes.size < HEADER_BYTES) return false;
    const size = load<u32>(bytes.start);
    if (<u32>(bytes.size - HEADER_BYTES) < size) return false;
    this.kind = load<u8>(bytes.start, 4);
    this.content = bytes.start + HEADER_BYTES;
    this.position = this.content;
    this.end = this.position + size;
    return true;
  }

  /** Forgets the frame. */
  finish(bytes: Bytes): void {
    bytes.skip(i32(this.end - bytes.start));
  }

  /** Whether this is the first frame of a program that understands the frames as this one. */
  isSameVersion(): bool {
    return this.kind === Frame.VERSION && this.u32() === PROTOCOL_VERSION;
  }

  /** 0 for what is not there. */
  u32(): u32 {
    if (this.end - this.position < 4) return 0;
    this.position += 4;
    return load<u32>(this.position - 4);
  }

  f64(): f64 {
    if (this.end - this.position < 8) return 0;
    this.position += 8;
    return load<f64>(this.position - 8);
  }

  text(): string {
    const size = <i32>min(this.u32(), <u32>(this.end - this.position));
    const text = decodeUtf8(this.position, size);
    this.position += size;
    return text;
  }

  u64(): u64 {
    if (this.end - this.position < 8) return 0;
    this.position += 8;
    return load<u64>(this.position - 8);
  }

  /** Appends the whole frame to other bytes. */
  copy(to: Bytes): void {
    const size = i32(this.end - this.content);
    beginFrame(to, this.kind, size);
    to.append(this.content, size);
  }

  /** So many bytes, or as many as there are. */
  bytes(count: u32): Bytes {
    const size = min(count, <u32>(this.end - this.position));
    const bytes = new Bytes();
    bytes.append(this.position, size);
    this.position += size;
    return bytes;
  }

  /** The rest of it, as bytes. */
  rest(): Bytes {
    return this.bytes(<u32>(this.end - this.position));
  }
}

/** Begins a frame with a content of that size, which has to follow. */
export function beginFrame(to: Bytes, kind: i32, size: i32): void {
  to.appendU32(size);
  to.appendU8(kind);
}

/** Appends the frame that is the first one in each direction. */
export function sayVersion(to: Bytes): void {
  beginFrame(to, Frame.VERSION, 4);
  to.appendU32(PROTOCOL_VERSION);
}

/** Appends a frame with bytes. */
export function sayBytes(to: Bytes, kind: i32, bytes: Bytes): void {
  beginFrame(to, kind, bytes.size);
  to.append(bytes.start, bytes.size);
}

/** Appends what another program needs to go on: the accounts, which tokens were used, how many Node programs have died. */
export function sayState(to: Bytes, state: Bytes, used: string[], deaths: u32): void {
  sayBytes(to, Frame.STATE, state);
  for (let index = 0; index < used.length; index++) {
    const encoded = encodeUtf8(used[index]);
    beginFrame(to, Frame.USED, encoded.byteLength);
    to.append(changetype<usize>(encoded), encoded.byteLength);
  }
  beginFrame(to, Frame.DEATHS, 4);
  to.appendU32(deaths);
}
