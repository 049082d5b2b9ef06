/** Accepts clients, reads what they ask, and answers what is ready. The other clients wait for the Node program. */

import {
  failure,
  IDLE_SECONDS,
  LEAVE_SECONDS,
  MAX_LEAVING,
  NOT_JSON,
  REACHED_TIMEOUT,
  REQUEST_SECONDS,
  tooManyConnections,
} from '../../generated';
import { EAGAIN, EMFILE, ENFILE } from '../../system-errors';
import { encodeUtf8 } from '../../text/utf8';
import { now } from '../clock';
import { Events, READABLE } from '../events';
import * as host from '../host';
import { Socket } from '../sockets/sockets';
import { Answering } from './answering';
import { Client, Stage } from './client';
import { clientLimit } from './client-limit';
import { Clients } from './clients';
import { Framing, MORE } from './framing';

/** The most that the agent keeps of answers that clients do not take at once: beyond that, the next such client gets only a part. */
const MAX_ALL_LEFT_BYTES: i32 = 8 * 1024 * 1024;
/** Seconds that a client waits for the Node program at most. */
const WAIT_SECONDS: f64 = 60;
/** Clients that are accepted at a socket before others have their turn. */
const MAX_ACCEPTED: i32 = 64;
/** Seconds without accepting clients after the descriptors were used up. */
const PAUSE_SECONDS: f64 = 0.1;
const SCRATCH_BYTES: i32 = 64 * 1024;

@final
export class Reception {
  private readonly scratch: usize = heap.alloc(SCRATCH_BYTES);
  private readonly framing: Framing = new Framing();
  /** By the steady clock. */
  private pauseUntil: f64 = 0;
  /** Whether a client is there that the Node program has to answer. */
  needNode: bool = false;

  constructor(
    private readonly clients: Clients,
    private readonly sockets: Socket[],
    private readonly answering: Answering,
  ) {}

  /** Whether no clients are accepted for a moment. */
  get isPaused(): bool {
    return now.steady < this.pauseUntil;
  }

  /** Seconds until clients are accepted again; Infinity if they are. */
  get patience(): f64 {
    return this.isPaused ? this.pauseUntil - now.steady : Infinity;
  }

  /** Adds the sockets at which clients are to be accepted. */
  addTo(events: Events): void {
    for (let index = 0; index < this.sockets.length; index++) events.add(this.sockets[index].fd, READABLE);
  }

  /** Accepts the clients that wait, and answers them if that is possible. @param first the index of the first socket's entry */
  accept(events: Events, first: i32): void {
    for (let index = 0; index < this.sockets.length; index++) {
      if (events.happened(first + index)) this.acceptAt(this.sockets[index]);
    }
  }

  private acceptAt(socket: Socket): void {
    for (let accepted = 0; accepted < MAX_ACCEPTED && !this.needNode; accepted++) {
      // Clients may have gone since this round began: the next one sees that, before it refuses others.
      if (accepted > 0 && this.isFullAt(socket.door)) break;
      const fd = host.accept(socket.fd);
      if (fd === EMFILE || fd === ENFILE) this.pauseUntil = now.steady + PAUSE_SECONDS;
      if (fd < 0) break;
      this.welcome(fd, socket.door);
    }
  }

  /** Whether as many clients of a door are connected as may be. */
  private isFullAt(door: i32): bool {
    const limit = clientLimit(door, this.sockets);
    return this.clients.size >= limit && this.clients.countAt(door) >= limit;
  }

  private welcome(fd: i32, door: i32): void {
    if (this.isFullAt(door)) {
      this.turnAway(fd, door, clientLimit(door, this.sockets));
      return;
    }
    const scratch = this.scratch;
    const count = host.read(fd, scratch, SCRATCH_BYTES);
    if (count === 0) {
      const encoded = encodeUtf8(failure(NOT_JSON));
      this.give(fd, door, changetype<usize>(encoded), encoded.byteLength);
      return;
    }
    if (count < 0 && count !== EAGAIN) {
      host.close(fd);
      return;
    }
    this.framing.reset();
    const end = count < 0 ? MORE : this.framing.end(scratch, count);
    if (end > 0 && !this.framing.isKey) {
      const first = this.framing.first;
      const answer = this.answering.answer(scratch + first, end - first, door);
      if (answer !== null) {
        memory.fill(scratch, 0, count);
        this.give(fd, door, answer.start, answer.size);
        return;
      }
    }
    const client = new Client(fd, door, now.steady + IDLE_SECONDS);
    if (count > 0) {
      client.received.append(scratch, count);
      memory.fill(scratch, 0, count);
      client.framing.copy(this.framing);
      client.deadline = now.steady + (end > 0 ? WAIT_SECONDS : REQUEST_SECONDS);
    }
    this.clients.add(client);
    const isKey = end > 0 && this.framing.isKey;
    if (isKey && this.agree(client)) return;
    if (end !== MORE || this.clients.isFull(client)) this.leaveToNode(client);
  }

  /** Sends an answer and ends the connection; what the client does not take at once, it gets later. */
  private give(fd: i32, door: i32, start: usize, size: i32): void {
    const count = host.write(fd, start, size);
    const isTaken = count === size || (count < 0 && count !== EAGAIN);
    const taken = max(count, 0);
    if (isTaken || this.clients.leftBytes + size - taken > MAX_ALL_LEFT_BYTES) {
      host.close(fd);
      return;
    }
    const client = new Client(fd, door, now.steady + IDLE_SECONDS);
    client.stage = Stage.Taking;
    client.answer.append(start + taken, size - taken);
    this.clients.add(client);
  }

  /** Sends the error that too many are connected, and waits for the request: a client whose write fails would not see the error. */
  private turnAway(fd: i32, door: i32, limit: i32): void {
    const encoded = encodeUtf8(failure(tooManyConnections(limit.toString())));
    host.write(fd, changetype<usize>(encoded), encoded.byteLength);
    if (this.clients.leaving >= MAX_LEAVING) {
      host.close(fd);
      return;
    }
    const client = new Client(fd, door, now.steady + LEAVE_SECONDS);
    client.stage = Stage.Leaving;
    this.clients.add(client);
  }

  /** Serves those to which something has happened. @param first the index of the first client's entry, of `count` entries */
  serve(events: Events, first: i32, count: i32): void {
    // Backwards: the last client takes the place of one that leaves, and new ones are behind.
    for (let index = count - 1; index >= 0; index--) {
      if (events.happened(first + index)) this.serveOne(index);
    }
  }

  private serveOne(index: i32): void {
    const client = this.clients.at(index);
    if (client.stage === Stage.Leaving) this.clients.remove(index);
    else if (client.stage === Stage.Taking) this.giveMore(index);
    else this.hear(index);
  }

  private giveMore(index: i32): void {
    const client = this.clients.at(index);
    const count = host.write(client.fd, client.answer.start, client.answer.size);
    if (count === EAGAIN) return;
    if (count < 0 || count === client.answer.size) this.clients.remove(index);
    else client.answer.skip(count);
  }

  private hear(index: i32): void {
    const client = this.clients.at(index);
    const count = host.read(client.fd, this.scratch, SCRATCH_BYTES);
    if (count === EAGAIN) return;
    if (count < 0) {
      this.clients.remove(index);
      return;
    }
    if (count === 0) {
      this.finishWith(index, failure(NOT_JSON));
      return;
    }
    if (client.received.size === 0 && client.session === null) client.deadline = now.steady + REQUEST_SECONDS;
    client.received.append(this.scratch, count);
    memory.fill(this.scratch, 0, count);
    const end = client.end;
    if (end === MORE && !this.clients.isFull(client)) return;
    const isKey = client.session === null && client.framing.isKey;
    if (end > 0 && (isKey ? this.agree(client) : this.answerClient(index, end))) return;
    if (end > 0) client.deadline = now.steady + WAIT_SECONDS;
    this.leaveToNode(client);
  }

  private answerClient(index: i32, end: i32): bool {
    const client = this.clients.at(index);
    const answer = this.answering.answerClient(client, end);
    if (answer === null) return false;
    this.finish(index, answer.start, answer.size);
    if (client.session !== null) answer.clear();
    return true;
  }

  /** Goes on with a client that has sent its public key. @returns whether that is sound */
  private agree(client: Client): bool {
    client.deadline = now.steady + REQUEST_SECONDS;
    return client.agree();
  }

  private leaveToNode(client: Client): void {
    client.needsNode = true;
    this.needNode = true;
  }

  /** Sends a client its answer, and ends the connection when it has taken that. */
  private finish(index: i32, start: usize, size: i32): void {
    const client = this.clients.at(index);
    this.clients.forget(index);
    this.give(client.fd, client.door, start, size);
  }

  private finishWith(index: i32, text: string): void {
    const encoded = encodeUtf8(text);
    this.finish(index, changetype<usize>(encoded), encoded.byteLength);
  }

  /** Ends the connections of clients that have waited for Node too long, or whose request is not there in time. */
  dropLate(): void {
    for (let index = this.clients.size - 1; index >= 0; index--) {
      const client = this.clients.at(index);
      if (client.stage === Stage.HandedOver || client.deadline > now.steady) continue;
      if (client.stage === Stage.Asking) this.finishWith(index, failure(REACHED_TIMEOUT));
      else this.clients.remove(index);
    }
  }

  /** Gives an error to all that the Node program has to answer. The others go on with their requests. */
  refuse(text: string): void {
    for (let index = this.clients.size - 1; index >= 0; index--) {
      const client = this.clients.at(index);
      if (client.stage === Stage.HandedOver) client.stage = Stage.Asking;
      if (client.stage === Stage.Asking && client.needsNode) this.finishWith(index, text);
    }
  }
}
