/** Answers requests with what is ready. */
import { Bytes } from '../bytes';
import { now } from '../clock';
import { Client } from './client';
import { Ready } from './ready';
import { understand } from './request';
import { Session } from './session';

@final
export class Answering {
  /** Whether the Node program answers each request, because it logs them. */
  areLogged: bool = false;
  /** How many requests were read. */
  requests: i32 = 0;

  constructor(private readonly ready: Ready) {}

  /** @returns null if the Node program has to answer */
  answer(start: usize, size: i32, door: i32): Bytes | null {
    this.requests++;
    if (this.areLogged) return null;
    const request = understand(start, size);
    return request === null ? null : this.ready.answer(request, door, now);
  }

  /**
   * Answers the message of a client that ends there.
   * @returns the bytes to send, which belong to the caller if the conversation is encrypted; null if the Node program has to answer
   */
  answerClient(client: Client, end: i32): Bytes | null {
    const session = client.session;
    if (session !== null) return this.answerEncrypted(client, session);
    const first = client.framing.first;
    return this.answer(client.received.start + first, end - first, client.door);
  }

  private answerEncrypted(client: Client, session: Session): Bytes | null {
    const request = session.open(client.received.start);
    if (request === null) return null;
    const answer = this.answer(request.start, request.size, client.door);
    request.clear();
    return answer === null ? null : session.seal(answer);
  }
}
