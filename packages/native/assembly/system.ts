/** The system calls with strings instead of addresses. */
import * as host from './host';
import { Bytes as FrameBytes } from './sleeper/bytes';
import { decodeUtf8, encodeUtf8 } from './text/utf8';

export const POLLIN: i32 = 1;
export const POLLOUT: i32 = 4;

const PIECE_BYTES: i32 = 4096;
const piece = memory.data(4096);

const S_IFMT: u32 = 0o170000;
const S_IFDIR: u32 = 0o040000;
const S_IFREG: u32 = 0o100000;
const S_IFSOCK: u32 = 0o140000;

/** Keeps the data made from it within memory. */
const MAX_COMMAND_LINE_BYTES: i32 = 256 * 1024;

/** The arguments after the program's name. @returns null if they are too long */
export function commandLine(): string[] | null {
  const words: string[] = [];
  let total = 0;
  for (let size = host.argument(1); size >= 0; size = host.argument(words.length + 1)) {
    total += size;
    if (total > MAX_COMMAND_LINE_BYTES) return null;
    words.push(takeText(size));
  }
  return words;
}

/** A variable of the environment; empty counts as not set. */
export function variable(name: string): string {
  const size = host.variable(address(name));
  return size < 0 ? '' : takeText(size);
}

function takeText(size: i32): string {
  const bytes = new Bytes(size);
  host.copyText(bytes.start);
  return decodeUtf8(bytes.start, size);
}

/** The owner of a path, and the users with write access. */
export class LinkStatus {
  constructor(
    readonly error: i32,
    readonly mode: u32,
    readonly owner: u32,
  ) {}

  get isFolder(): bool {
    return (this.mode & S_IFMT) === S_IFDIR;
  }

  get isRegular(): bool {
    return (this.mode & S_IFMT) === S_IFREG;
  }

  get isSocket(): bool {
    return (this.mode & S_IFMT) === S_IFSOCK;
  }
}

const status = memory.data(8);

export function linkStatus(path: string): LinkStatus {
  const error = host.linkStatus(address(path), status);
  return new LinkStatus(error, load<u32>(status), load<u32>(status, 4));
}

export function mayRead(path: string): i32 {
  return host.mayRead(address(path));
}

export function mayRun(path: string): i32 {
  return host.mayRun(address(path));
}

/** The folder of this program; empty if it is unknown. */
export function ownFolder(): string {
  const program = linkTarget('/proc/self/exe');
  return program.substring(0, max(program.lastIndexOf('/'), 0));
}

/** The name of this program's file. */
export function ownName(): string {
  const program = linkTarget('/proc/self/exe');
  return program.substring(program.lastIndexOf('/') + 1);
}

/** The target of a symbolic link; empty if there is none, or one of 4 KiB or more. */
export function linkTarget(path: string): string {
  const size = host.linkTarget(address(path), piece, PIECE_BYTES);
  return size < 0 || size === PIECE_BYTES ? '' : decodeUtf8(piece, size);
}

/** The first 4 KiB of a file; empty if it cannot be read. */
export function fileText(path: string): string {
  const fd = open(path);
  if (fd < 0) return '';
  let size = 0;
  let count = 1;
  while (count > 0 && size < PIECE_BYTES) {
    count = host.read(fd, piece + size, PIECE_BYTES - size);
    if (count > 0) size += count;
  }
  host.close(fd);
  return decodeUtf8(piece, size);
}

export function makeFolder(path: string): i32 {
  return host.makeFolder(address(path));
}

/** @returns 0 or an error */
export function makeFile(path: string, content: string): i32 {
  return min(host.makeFile(address(path), address(content)), 0);
}

export function removeFile(path: string): i32 {
  return host.removeFile(address(path));
}

/** Whether a process accepts connections at a path: 0, or the error of connect(2). */
export function reach(path: string): i32 {
  return host.reach(address(path));
}

export function startSleeper(program: string, frames: FrameBytes): i32 {
  return host.startSleeper(address(program), frames.start, frames.size);
}

export function stay(program: string): i32 {
  return host.stay(address(program));
}

export function open(path: string): i32 {
  return host.openFile(address(path));
}

export function connect(path: string, milliseconds: i64): i32 {
  return host.connect(address(path), i32(milliseconds));
}

export function poll(fd: i32, events: i32, milliseconds: i64): i32 {
  return host.poll(fd, events, i32(milliseconds));
}

export function write(fd: i32, bytes: Bytes): i32 {
  return host.write(fd, bytes.start, bytes.size);
}

/** A buffer that grows as it is read into. */
export class Bytes {
  start: usize;
  size: i32 = 0;

  constructor(private capacity: i32) {
    this.start = heap.alloc(capacity);
  }

  static of(text: string): Bytes {
    const encoded = encodeUtf8(text);
    const bytes = new Bytes(0);
    bytes.start = changetype<usize>(encoded);
    bytes.size = encoded.byteLength;
    return bytes;
  }

  /** Appends the available data. @returns bytes, 0 at the end, an error below 0 */
  readFrom(fd: i32): i32 {
    if (this.size === this.capacity) this.grow();
    const count = host.read(fd, this.start + this.size, this.capacity - this.size);
    if (count > 0) this.size += count;
    return count;
  }

  /** Forgets the first bytes. */
  skip(count: i32): void {
    this.start += count;
    this.size -= count;
  }

  toString(): string {
    return decodeUtf8(this.start, this.size);
  }

  private grow(): void {
    const larger = heap.alloc(this.capacity * 2);
    memory.copy(larger, this.start, this.size);
    this.start = larger;
    this.capacity *= 2;
  }
}

/** The address of a copy of a text for the host, which reads it only during the call. */
function address(text: string): usize {
  return changetype<usize>(String.UTF8.encode(text, true));
}
