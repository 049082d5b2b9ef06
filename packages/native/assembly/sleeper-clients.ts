/**
 * The clients of a sleeping agent, without the rest of it: for a fuzzer that plays the system and a client
 * (../fuzz/fuzz-clients.c). No part of a program.
 */
import { Door, Frame } from './generated';
import { Bytes } from './sleeper/bytes';
import { Answering } from './sleeper/clients/answering';
import { Clients } from './sleeper/clients/clients';
import { Ready } from './sleeper/clients/ready';
import { Reception } from './sleeper/clients/reception';
import { lookAtClocks } from './sleeper/clock';
import { Events } from './sleeper/events';
import { Reader } from './sleeper/frames';
import { Socket } from './sleeper/sockets/sockets';

const sockets = [
  new Socket(Door.OWNER, true, -1, 'owner', '', 0),
  new Socket(Door.GROUP, true, -1, 'group', '', 0),
];
const ready = new Ready();
const answering = new Answering(ready);
let clients = new Clients();
let reception = new Reception(clients, sockets, answering);
const events = new Events();
const frames = new Bytes();
const reader = new Reader();
const handedOn = new Bytes();

/** The descriptor of the socket of a door. */
export function setSocket(door: i32, fd: i32): void {
  sockets[door].fd = fd;
}

/** Where the next bytes of frames have to be written. */
export function frameRoom(size: i32): usize {
  return frames.room(size);
}

/** Takes bytes that were written there: answers that are ready, and clients of the program that was this agent before. */
export function takeFrames(size: i32): void {
  lookAtClocks();
  frames.size += size;
  while (reader.begin(frames)) {
    if (reader.kind === Frame.ENTRY) ready.addEntry(reader);
    else if (reader.kind === Frame.FIXED) ready.addFixed(reader);
    else if (reader.kind === Frame.CLIENT) clients.adopt(reader);
    reader.finish(frames);
  }
}

/** One round of the agent. @returns whether a client has to be answered by the Node program */
export function round(): bool {
  events.clear();
  reception.addTo(events);
  const first = events.size;
  const count = clients.addTo(events);
  events.wait(0);
  lookAtClocks();
  reception.serve(events, first, count);
  reception.accept(events, 0);
  reception.dropLate();
  return reception.needNode;
}

/** Hands all clients on to another program, and forgets them. @returns the size of the frames with them */
export function handOn(): i32 {
  handedOn.clear();
  clients.handOn(handedOn, []);
  clients.handOver();
  clients.forgetHandedOver();
  clients = new Clients();
  reception = new Reception(clients, sockets, answering);
  return handedOn.size;
}

/** Where these frames are. */
export function handedOnStart(): usize {
  return handedOn.start;
}

/** Forgets all answers, and what was handed on. */
export function forget(): void {
  handedOn.clear();
  ready.clear();
  __collect();
}
