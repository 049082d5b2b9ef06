import { Frame } from '../generated';
import { Bytes } from './bytes';
import { beginFrame } from './frames';
import { Framing } from './framing';

export enum Stage {
  /** Its request is not complete. */
  Asking,
  /** It has not taken all of its answer yet. */
  Taking,
  /** It was refused, and gets the time to read that. */
  Leaving,
  /** A Node program is about to take it over. */
  HandedOver,
}

/** A client that could not be answered at once. */
@final
export class Client {
  stage: Stage = Stage.Asking;
  /** What it has sent so far. */
  readonly received: Bytes = new Bytes();
  readonly framing: Framing = new Framing();
  /** The rest of its answer. */
  readonly answer: Bytes = new Bytes();

  constructor(
    readonly fd: i32,
    readonly door: i32,
    /** By the steady clock. */
    public deadline: f64,
  ) {}

  wipe(): void {
    this.received.clear();
    this.answer.clear();
  }
}

/** Appends a frame with a client for another program. @param fd its descriptor there */
export function sayClient(to: Bytes, client: Client, fd: i32): void {
  beginFrame(to, Frame.CLIENT, 8 + client.received.size);
  to.appendU32(fd);
  to.appendU32(client.door);
  to.append(client.received.start, client.received.size);
}
