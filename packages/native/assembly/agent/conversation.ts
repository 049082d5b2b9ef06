/** One request and one answer on one connection, which the agent closes after its answer. */

import { MAX_ANSWER_BYTES, TOO_LONG } from '../generated';
import { now } from '../host';
import { Bytes, connect, POLLIN, POLLOUT, poll, write } from '../system';
import { EAGAIN, EPIPE } from '../system-errors';
import { busy, Failure, malformed, notTaken, timeout } from './failure';

const USUAL_ANSWER_BYTES: i32 = 8 * 1024;

/** A conversation with the agent, from the connection to the answer. */
export class Conversation {
  /** The failure, if any. */
  failure: Failure | null = null;
  /** The path of the agent's socket. */
  place: string = '';
  private socket: i32 = -1;
  private readonly deadline: i64;

  /**
   * @param places the sockets to try, in this order
   * @param seconds for everything
   */
  constructor(
    private readonly places: string[],
    private readonly seconds: i64,
  ) {
    this.deadline = now() + seconds * 1000;
  }

  /** Connects to the first place at which an agent listens. @returns whether one listens, even if it is busy */
  connect(): bool {
    for (let index = 0; index < this.places.length; index++) {
      const result = connect(this.places[index], this.seconds * 1000);
      if (result === EAGAIN) {
        this.failure = busy(this.seconds);
        return true;
      }
      if (result >= 0) {
        this.socket = result;
        this.place = this.places[index];
        return true;
      }
    }
    return false;
  }

  /** Whether the system gave the socket a number that the standard input or output should have: it is closed. */
  get hasStandardNumber(): bool {
    return this.socket >= 0 && this.socket <= 2;
  }

  /** Sends the request and reads to the end. @returns the answer; empty after a failure, or for an empty answer */
  exchange(request: string): string {
    const answer = new Bytes(USUAL_ANSWER_BYTES);
    if (this.failure === null) this.failure = this.transfer(Bytes.of(request), answer);
    return this.failure === null ? answer.toString() : '';
  }

  private transfer(rest: Bytes, answer: Bytes): Failure | null {
    while (true) {
      if (rest.size > 0) {
        const sent = write(this.socket, rest);
        if (sent === EPIPE && answer.size === 0) return notTaken();
        // An answer may come before all of the request was taken.
        if (sent < 0 && sent !== EAGAIN) return null;
        if (sent > 0) rest.skip(sent);
      }
      const left = this.deadline - now();
      if (left <= 0 || poll(this.socket, rest.size > 0 ? POLLIN | POLLOUT : POLLIN, left) === 0) {
        return timeout(this.seconds);
      }
      const received = answer.readFrom(this.socket);
      if (answer.size > MAX_ANSWER_BYTES) return malformed(TOO_LONG);
      // The end, or the agent has gone; the data so far is the answer.
      if (received === 0 || (received < 0 && received !== EAGAIN)) return null;
    }
  }
}
