/**
 * The clients that are connected: those that have not sent their whole request, those that have not taken their whole answer, and those
 * for which a Node program is started.
 */

import { Bytes } from '../bytes';
import { now } from '../clock';
import { Events, READABLE, WRITABLE } from '../events';
import { Reader } from '../frames';
import * as host from '../host';
import { Client, Stage, sayClient } from './client';
import { Session } from './session';

/** A client that has sent more without an end is one for the Node program. */
const MAX_RECEIVED_BYTES: i32 = 16 * 1024;
/** ... and so are all, if they have sent more than this together. */
const MAX_ALL_RECEIVED_BYTES: i32 = 2 * 1024 * 1024;

@final
export class Clients {
  private readonly list: Client[] = [];

  get size(): i32 {
    return this.list.length;
  }

  at(index: i32): Client {
    return this.list[index];
  }

  add(client: Client): void {
    this.list.push(client);
  }

  /** Ends the connection of a client. */
  remove(index: i32): void {
    host.close(this.list[index].fd);
    this.forget(index);
  }

  /** Forgets a client, whose connection stays. The last client takes its place. */
  forget(index: i32): void {
    this.list[index].wipe();
    const last = this.list.pop();
    if (index < this.list.length) this.list[index] = last;
  }

  /** How many clients at a door were not refused. */
  countAt(door: i32): i32 {
    let count = 0;
    for (let index = 0; index < this.list.length; index++) {
      const client = this.list[index];
      if (client.door === door && client.stage !== Stage.Leaving) count++;
    }
    return count;
  }

  /** How many clients were refused, and are still connected. */
  get leaving(): i32 {
    let count = 0;
    for (let index = 0; index < this.list.length; index++) {
      if (this.list[index].stage === Stage.Leaving) count++;
    }
    return count;
  }

  /** Bytes of answers that clients have not taken. */
  get leftBytes(): i32 {
    let sum = 0;
    for (let index = 0; index < this.list.length; index++) sum += this.list[index].answer.size;
    return sum;
  }

  /** Whether a client has sent more than it may without an end, or all have together. */
  isFull(client: Client): bool {
    if (client.received.size > MAX_RECEIVED_BYTES) return true;
    let sum = 0;
    for (let index = 0; index < this.list.length; index++) sum += this.list[index].received.size;
    return sum > MAX_ALL_RECEIVED_BYTES;
  }

  /** Whether a client waits for the Node program, or has not sent its whole request. */
  get areAsking(): bool {
    for (let index = 0; index < this.list.length; index++) {
      if (this.list[index].stage === Stage.Asking) return true;
    }
    return false;
  }

  /** Whether another program can take the clients over: none is in the middle of an answer. */
  get mayMove(): bool {
    for (let index = 0; index < this.list.length; index++) {
      if (this.list[index].stage !== Stage.Asking) return false;
    }
    return true;
  }

  /** Adds what the clients wait for. @returns how many entries that are */
  addTo(events: Events): i32 {
    for (let index = 0; index < this.list.length; index++) {
      const client = this.list[index];
      events.add(client.waitsForNode ? -1 : client.fd, client.stage === Stage.Taking ? WRITABLE : READABLE);
    }
    return this.list.length;
  }

  /** Seconds until the first client has waited too long. */
  get patience(): f64 {
    let seconds = Infinity;
    for (let index = 0; index < this.list.length; index++) {
      const client = this.list[index];
      if (client.stage !== Stage.HandedOver) seconds = min(seconds, client.deadline - now.steady);
    }
    return seconds;
  }

  /** Leaves the clients without an answer to the Node program. @returns these clients */
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

  /** Writes a frame for each client, for the program that takes them over, and adds the descriptors that it needs. */
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
}
