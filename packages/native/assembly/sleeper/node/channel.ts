/** The connection to the Node program, for frames in both directions. No operation waits for the Node program. */

import { EAGAIN } from '../../system-errors';
import { Bytes } from '../bytes';
import { READABLE, WRITABLE } from '../events';
import { Reader } from '../frames';
import * as host from '../host';

const PIECE_BYTES: i32 = 64 * 1024;

const pair = memory.data(8);

@final
export class Channel {
  /** This side's descriptor; -1 for a closed channel. */
  fd: i32 = -1;
  private readonly incoming: Bytes = new Bytes();
  /** Frames that the Node program has not taken yet. */
  readonly outgoing: Bytes = new Bytes();
  readonly frame: Reader = new Reader();
  private inFrame: bool = false;

  get isOpen(): bool {
    return this.fd >= 0;
  }

  /** @returns the other side's descriptor, or an error */
  open(): i32 {
    const error = host.channel(pair);
    if (error < 0) return error;
    this.fd = load<i32>(pair);
    return load<i32>(pair, 4);
  }

  /** Events to wait for. */
  get events(): i32 {
    return this.outgoing.size > 0 ? READABLE | WRITABLE : READABLE;
  }

  /** Sends as much as the Node program takes. */
  flush(): void {
    while (this.outgoing.size > 0) {
      const count = host.write(this.fd, this.outgoing.start, this.outgoing.size);
      if (count === EAGAIN) return;
      // The Node program has ended, which the next read finds out, too.
      if (count < 0) this.outgoing.clear();
      else this.outgoing.skip(count);
    }
  }

  /** Reads a piece of what has arrived. @returns a number above 0, EAGAIN if nothing has, or else the Node program has ended */
  receive(): i32 {
    const count = host.read(this.fd, this.incoming.room(PIECE_BYTES), PIECE_BYTES);
    if (count > 0) this.incoming.size += count;
    return count;
  }

  /** Whether a whole frame has arrived, which `frame` then reads. The one before is forgotten. */
  next(): bool {
    if (this.inFrame) this.frame.finish(this.incoming);
    this.inFrame = this.frame.begin(this.incoming);
    return this.inFrame;
  }

  close(): void {
    if (this.fd >= 0) host.close(this.fd);
    this.fd = -1;
    this.inFrame = false;
    this.incoming.clear();
    this.outgoing.clear();
  }
}
