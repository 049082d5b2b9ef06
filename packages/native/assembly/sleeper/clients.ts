/** The clients of the agent: they get their answers if these are ready, else they wait for the Node program. */

import {
  failure,
  IDLE_SECONDS,
  LEAVE_SECONDS,
  MAX_LEAVING,
  NOT_JSON,
  REACHED_TIMEOUT,
  REQUEST_SECONDS,
  tooManyConnections,
} from '../generated';
import { EAGAIN, EMFILE, ENFILE } from '../system-errors';
import { encodeUtf8 } from '../text/utf8';
import { Bytes } from './bytes';
import { Client, Stage, sayClient } from './client';
import { clientLimit } from './client-limit';
import { now } from './clock';
import { Events, READABLE, WRITABLE } from './events';
import { Reader } from './frames';
import { Framing, MORE } from './framing';
import * as host from './host';
import { Ready } from './ready';
import { understand } from './request';
import { Session } from './session';
import { Socket } from './sockets';

/** A client that has sent more without an end is one for the Node program. */
const MAX_RECEIVED_BYTES: i32 = 16 * 1024;
/** ... and so are all, if they have sent more than this together. */
const MAX_ALL_RECEIVED_BYTES: i32 = 2 * 1024 * 1024;
/** What clients leave of their answers together: beyond that, the connection of the next one ends, and its answer is cut off. */
const MAX_ALL_LEFT_BYTES: i32 = 8 * 1024 * 1024;
/** Seconds that a client waits for the Node program at most. */
const WAIT_SECONDS: f64 = 60;
/** Clients that are accepted at a socket before others have their turn. */
const MAX_ACCEPTED: i32 = 64;
/** Seconds without accepting clients after the descriptors were used up. */
const PAUSE_SECONDS: f64 = 0.1;
const SCRATCH_BYTES: i32 = 64 * 1024;

@final
export class Clients {
  private readonly list: Client[] = [];
  private readonly scratch: usize = heap.alloc(SCRATCH_BYTES);
  private readonly framing: Framing = new Framing();
  /** By the steady clock. */
  private pauseUntil: f64 = 0;
  /** Whether the Node program answers each request, because it logs them. */
  areLogged: bool = false;
  /** Whether a client is there that the Node program has to answer. */
  needNode: bool = false;
  /** How many requests were read. */
  requests: i32 = 0;

  constructor(
    private readonly sockets: Socket[],
    private readonly ready: Ready,
  ) {}

  get isPaused(): bool {
    return now.steady < this.pauseUntil;
  }

  /** Whether another program can go on with them: none is being answered. */
  get mayMove(): bool {
    for (let index = 0; index < this.list.length; index++) {
      if (this.list[index].stage !== Stage.Asking) return false;
    }
    return true;
  }

  /** Writes frames for the program that goes on with them, and the descriptors that it needs. */
  handOn(to: Bytes, descriptors: i32[]): void {
    for (let index = 0; index < this.list.length; index++) {
      const client = this.list[index];
      sayClient(to, client, client.fd);
      descriptors.push(client.fd);
    }
  }

  /** Goes on with a client of the program that was this agent before: the content of a frame CLIENT. */
  adopt(frame: Reader): void {
    const fd = <i32>frame.u32();
    host.adopt(fd);
    const client = new Client(fd, <i32>frame.u32(), now.steady + frame.f64());
    const key = frame.bytes(frame.u32());
    if (key.size > 0) client.session = Session.resume(key);
    client.received.become(frame.rest());
    if (client.session === null) client.framing.end(client.received.start, client.received.size);
    this.list.push(client);
  }

  /** Adds what the clients wait for. @returns how many entries that are */
  addTo(events: Events): i32 {
    for (let index = 0; index < this.list.length; index++) {
      const client = this.list[index];
      events.add(client.waitsForNode ? -1 : client.fd, client.stage === Stage.Taking ? WRITABLE : READABLE);
    }
    return this.list.length;
  }

  /** Seconds until the first client has waited too long, or clients are accepted again. */
  get patience(): f64 {
    let seconds = this.isPaused ? this.pauseUntil - now.steady : Infinity;
    for (let index = 0; index < this.list.length; index++) {
      const client = this.list[index];
      if (client.stage !== Stage.HandedOver) seconds = min(seconds, client.deadline - now.steady);
    }
    return seconds;
  }

  /** Accepts clients that wait at a socket, and answers them if that is possible. */
  accept(socket: Socket): void {
    for (let accepted = 0; accepted < MAX_ACCEPTED && !this.needNode; accepted++) {
      const fd = host.accept(socket.fd);
      if (fd === EMFILE || fd === ENFILE) this.pauseUntil = now.steady + PAUSE_SECONDS;
      if (fd < 0) break;
      this.welcome(fd, socket.door);
    }
  }

  private welcome(fd: i32, door: i32): void {
    const limit = clientLimit(door, this.sockets);
    if (this.list.length >= limit && this.countAt(door) >= limit) {
      this.turnAway(fd, door, limit);
      return;
    }
    const scratch = this.scratch;
    const count = host.read(fd, scratch, SCRATCH_BYTES);
    if (count === 0) {
      this.say(fd, door, failure(NOT_JSON));
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
      const answer = this.answerTo(scratch + first, end - first, door);
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
    this.list.push(client);
    const isKey = end > 0 && this.framing.isKey;
    if (isKey && this.agree(client)) return;
    if (end !== MORE || this.isFull(client)) this.leaveToNode(client);
  }

  /** Whether a client has sent more than it may without an end, or all have together. */
  private isFull(client: Client): bool {
    if (client.received.size > MAX_RECEIVED_BYTES) return true;
    let sum = 0;
    for (let index = 0; index < this.list.length; index++) sum += this.list[index].received.size;
    return sum > MAX_ALL_RECEIVED_BYTES;
  }

  private answerTo(start: usize, size: i32, door: i32): Bytes | null {
    this.requests++;
    if (this.areLogged) return null;
    const request = understand(start, size);
    return request === null ? null : this.ready.answer(request, door, now);
  }

  /** Sends an answer and ends the connection; what the client does not take at once, it gets later. */
  private give(fd: i32, door: i32, start: usize, size: i32): void {
    const count = host.write(fd, start, size);
    const isTaken = count === size || (count < 0 && count !== EAGAIN);
    const taken = max(count, 0);
    if (isTaken || this.leftBytes + size - taken > MAX_ALL_LEFT_BYTES) {
      host.close(fd);
      return;
    }
    const client = new Client(fd, door, now.steady + IDLE_SECONDS);
    client.stage = Stage.Taking;
    client.answer.append(start + taken, size - taken);
    this.list.push(client);
  }

  /** Bytes of answers that clients have not taken. */
  private get leftBytes(): i32 {
    let sum = 0;
    for (let index = 0; index < this.list.length; index++) sum += this.list[index].answer.size;
    return sum;
  }

  private say(fd: i32, door: i32, text: string): void {
    const encoded = encodeUtf8(text);
    this.give(fd, door, changetype<usize>(encoded), encoded.byteLength);
  }

  /** Sends the error that too many are connected, and waits for the request: a client whose write fails would not see the error. */
  private turnAway(fd: i32, door: i32, limit: i32): void {
    const encoded = encodeUtf8(failure(tooManyConnections(limit.toString())));
    host.write(fd, changetype<usize>(encoded), encoded.byteLength);
    let leaving = 0;
    for (let index = 0; index < this.list.length; index++)
      leaving += this.list[index].stage === Stage.Leaving ? 1 : 0;
    if (leaving >= MAX_LEAVING) {
      host.close(fd);
      return;
    }
    const client = new Client(fd, door, now.steady + LEAVE_SECONDS);
    client.stage = Stage.Leaving;
    this.list.push(client);
  }

  private countAt(door: i32): i32 {
    let count = 0;
    for (let index = 0; index < this.list.length; index++) {
      const client = this.list[index];
      if (client.door === door && client.stage !== Stage.Leaving) count++;
    }
    return count;
  }

  /** Serves those to which something has happened. @param first the index of the first client's entry, of `count` entries */
  serve(events: Events, first: i32, count: i32): void {
    // Backwards: the last client takes the place of one that leaves, and new ones are behind.
    for (let index = count - 1; index >= 0; index--) {
      if (events.happened(first + index)) this.serveOne(index);
    }
  }

  private serveOne(index: i32): void {
    const client = this.list[index];
    if (client.stage === Stage.Leaving) this.remove(index);
    else if (client.stage === Stage.Taking) this.giveMore(index);
    else this.hear(index);
  }

  private giveMore(index: i32): void {
    const client = this.list[index];
    const count = host.write(client.fd, client.answer.start, client.answer.size);
    if (count === EAGAIN) return;
    if (count < 0 || count === client.answer.size) this.remove(index);
    else client.answer.skip(count);
  }

  private hear(index: i32): void {
    const client = this.list[index];
    const count = host.read(client.fd, this.scratch, SCRATCH_BYTES);
    if (count === EAGAIN) return;
    if (count < 0) {
      this.remove(index);
      return;
    }
    if (count === 0) {
      this.finish(index, failure(NOT_JSON));
      return;
    }
    if (client.received.size === 0 && client.session === null) client.deadline = now.steady + REQUEST_SECONDS;
    client.received.append(this.scratch, count);
    memory.fill(this.scratch, 0, count);
    const end = client.end;
    if (end === MORE && !this.isFull(client)) return;
    const session = client.session;
    let isDone = false;
    if (end > 0 && session !== null) isDone = this.answerEncrypted(index, session);
    else if (end > 0 && client.framing.isKey) isDone = this.agree(client);
    else if (end > 0) isDone = this.answerPlain(index, end);
    if (isDone) return;
    if (end > 0) client.deadline = now.steady + WAIT_SECONDS;
    this.leaveToNode(client);
  }

  private answerPlain(index: i32, end: i32): bool {
    const client = this.list[index];
    const first = client.framing.first;
    const answer = this.answerTo(client.received.start + first, end - first, client.door);
    if (answer === null) return false;
    this.giveLast(index, answer);
    return true;
  }

  private agree(client: Client): bool {
    client.deadline = now.steady + REQUEST_SECONDS;
    return client.agree();
  }

  private answerEncrypted(index: i32, session: Session): bool {
    const client = this.list[index];
    const request = session.open(client.received.start);
    if (request === null) return false;
    const answer = this.answerTo(request.start, request.size, client.door);
    request.clear();
    if (answer === null) return false;
    const sealed = session.seal(answer);
    if (sealed === null) return false;
    this.giveLast(index, sealed);
    sealed.clear();
    return true;
  }

  private giveLast(index: i32, answer: Bytes): void {
    const client = this.list[index];
    const fd = client.fd;
    const door = client.door;
    this.forget(index);
    this.give(fd, door, answer.start, answer.size);
  }

  private leaveToNode(client: Client): void {
    client.needsNode = true;
    this.needNode = true;
  }

  /** Answers a client, and ends the connection when it has taken the answer. */
  private finish(index: i32, text: string): void {
    const client = this.list[index];
    const fd = client.fd;
    const door = client.door;
    this.forget(index);
    this.say(fd, door, text);
  }

  private remove(index: i32): void {
    host.close(this.list[index].fd);
    this.forget(index);
  }

  /** The last one takes its place. */
  private forget(index: i32): void {
    this.list[index].wipe();
    const last = this.list.pop();
    if (index < this.list.length) this.list[index] = last;
  }

  /** Ends the connections of clients that have waited, or have had the agent wait, for too long. */
  dropLate(): void {
    for (let index = this.list.length - 1; index >= 0; index--) {
      const client = this.list[index];
      if (client.stage === Stage.HandedOver || client.deadline > now.steady) continue;
      if (client.stage === Stage.Asking) this.finish(index, failure(REACHED_TIMEOUT));
      else this.remove(index);
    }
  }

  /** Whether there are any that the Node program has to answer, or that have not sent their whole request. */
  get areAsking(): bool {
    for (let index = 0; index < this.list.length; index++) {
      if (this.list[index].stage === Stage.Asking) return true;
    }
    return false;
  }

  /** Marks those that have no answer yet as the Node program's. @returns them */
  handOver(): Client[] {
    const asking: Client[] = [];
    for (let index = 0; index < this.list.length; index++) {
      const client = this.list[index];
      if (client.stage !== Stage.Asking) continue;
      client.stage = Stage.HandedOver;
      asking.push(client);
    }
    return asking;
  }

  /** Forgets those that the Node program has taken over. */
  forgetHandedOver(): void {
    for (let index = this.list.length - 1; index >= 0; index--) {
      if (this.list[index].stage === Stage.HandedOver) this.remove(index);
    }
  }

  /** Ends the connections of all that the Node program has not taken over. */
  dropOwn(): void {
    for (let index = this.list.length - 1; index >= 0; index--) {
      if (this.list[index].stage !== Stage.HandedOver) this.remove(index);
    }
  }

  /** Gives an error to all that the Node program has to answer. The others go on with their requests. */
  refuse(text: string): void {
    for (let index = this.list.length - 1; index >= 0; index--) {
      const client = this.list[index];
      if (client.stage === Stage.HandedOver) client.stage = Stage.Asking;
      if (client.stage === Stage.Asking && client.needsNode) this.finish(index, text);
    }
  }
}
