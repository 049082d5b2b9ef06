/**
 * The frames between the sleeping agent and the Node program: four bytes with the length of the content, one with its kind, the
 * content. Numbers are little-endian, a text has its length in four bytes in front. The other side is
 * packages/agent/src/daemon/process/frames.ts.
 */
import { decodeUtf8 } from '../text/utf8';
import { Bytes } from './bytes';

export namespace Frame {
  /** From the program that starts the agent: what to run when it wakes ... */
  export const PROGRAM: i32 = 1;
  export const SCRIPT: i32 = 2;
  /** ... its settings, which only the Node program reads ... */
  export const SETTINGS: i32 = 3;
  /** ... a socket: its door, whether it is needed, the id of its group or -1, its path, the folder to share or nothing ... */
  export const SOCKET: i32 = 4;
  /** ... the folder to remove at the end, the file for the process id, and when to look after the sockets. */
  export const FOLDER: i32 = 5;
  export const PID_FILE: i32 = 6;
  export const TIMING: i32 = 7;
  /** The accounts, in both directions: opaque to the sleeper. */
  export const STATE: i32 = 8;
  /** To a Node program: the name of an entry that was used, a listening socket, a client, how many of its kind died. */
  export const USED: i32 = 9;
  export const LISTENER: i32 = 10;
  export const CLIENT: i32 = 11;
  export const DEATHS: i32 = 12;
  /** ... and that this was all. */
  export const BORN: i32 = 13;
  /** From a Node program: it has taken the clients over. */
  export const AWAKE: i32 = 14;
  /** ... a token that is ready, an answer that does not change, and that it has ended its work. */
  export const ENTRY: i32 = 15;
  export const FIXED: i32 = 16;
  export const ASLEEP: i32 = 17;
  /** To a Node program: a socket was made anew, which only the next one can take over. */
  export const HURRY: i32 = 18;
}

const HEADER_BYTES: i32 = 5;

/** A frame that has arrived, and a place in it. */
@final
export class Reader {
  private position: usize = 0;
  private end: usize = 0;
  kind: i32 = 0;

  /** Whether there is a whole frame at the beginning of the bytes, which is then read. */
  begin(bytes: Bytes): bool {
    if (bytes.size < HEADER_BYTES) return false;
    const size = load<u32>(bytes.start);
    if (<u32>(bytes.size - HEADER_BYTES) < size) return false;
    this.kind = load<u8>(bytes.start, 4);
    this.position = bytes.start + HEADER_BYTES;
    this.end = this.position + size;
    return true;
  }

  /** Forgets the frame. */
  finish(bytes: Bytes): void {
    bytes.skip(i32(this.end - bytes.start));
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

  /** The rest of it, as bytes. */
  rest(): Bytes {
    const bytes = new Bytes();
    bytes.append(this.position, i32(this.end - this.position));
    this.position = this.end;
    return bytes;
  }
}

/** Begins a frame with a content of that size, which has to follow. */
export function beginFrame(to: Bytes, kind: i32, size: i32): void {
  to.appendU32(size);
  to.appendU8(kind);
}
