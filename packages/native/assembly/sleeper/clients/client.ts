import { Frame } from '../../generated';
import { Bytes } from '../bytes';
import { now } from '../clock';
import { beginFrame } from '../frames';
import { Framing } from './framing';
import { Session } from './session';

export enum Stage {
  /** Its request is not complete. */
  Asking,
  /** It has not taken all of its answer yet. */
  Taking,
  /** The agent has refused it, and gives it the time to read the error. */
  Leaving,
  /** A Node program is about to take it over. */
  HandedOver,
}

/** A client that could not be answered at once. */
@final
export class Client {
  stage: Stage = Stage.Asking;
  /** Whether what the client has sent so far is for the Node program. */
  needsNode: bool = false;
  /** What it has sent so far; of an encrypted conversation, what follows its public key. */
  readonly received: Bytes = new Bytes();
  readonly framing: Framing = new Framing();
  /** Of an encrypted conversation, from the public keys on. */
  session: Session | null = null;
  /** The rest of its answer. */
  readonly answer: Bytes = new Bytes();

  constructor(
    readonly fd: i32,
    readonly door: i32,
    /** By the steady clock. */
    public deadline: f64,
  ) {}

  /** Whether the Node program is to read the rest of what the client sends. */
  get waitsForNode(): bool {
    return this.stage === Stage.HandedOver || (this.stage === Stage.Asking && this.needsNode);
  }

  /** Where its message ends, MORE or OTHER. */
  get end(): i32 {
    const session = this.session;
    if (session === null) return this.framing.end(this.received.start, this.received.size);
    return session.end(this.received.start, this.received.size);
  }

  /** Agrees on a key with a client whose public key is there. @returns whether that is done */
  agree(): bool {
    this.session = Session.begin(this.fd, this.received.start + this.framing.first);
    if (this.session === null) return false;
    this.received.clear();
    return true;
  }

  wipe(): void {
    this.received.clear();
    this.answer.clear();
    const session = this.session;
    if (session !== null) session.key.clear();
  }
}

/** Appends a frame with a client for another program. @param fd its descriptor there */
export function sayClient(to: Bytes, client: Client, fd: i32): void {
  const session = client.session;
  const keySize = session === null ? 0 : session.key.size;
  beginFrame(to, Frame.CLIENT, 20 + keySize + client.received.size);
  to.appendU32(fd);
  to.appendU32(client.door);
  to.appendF64(max(client.deadline - now.steady, 0));
  to.appendU32(keySize);
  if (session !== null) to.append(session.key.start, keySize);
  to.append(client.received.start, client.received.size);
}
