/**
 * What a sleeping agent answers, without its sockets and clocks: for tests that ask it millions of times (../fuzz/fuzz-sleeper.c,
 * ../test/sleeper-answers.test.ts). No part of a program.
 */
import { Frame } from './generated';
import { Bytes } from './sleeper/bytes';
import { Framing } from './sleeper/clients/framing';
import { Ready } from './sleeper/clients/ready';
import { understand } from './sleeper/clients/request';
import { Moment } from './sleeper/clock';
import { Reader } from './sleeper/frames';

const ready = new Ready();
let coming = new Ready();
const frames = new Bytes();
const reader = new Reader();
const received = new Bytes();
const framing = new Framing();
let end: i32 = 0;
let answered: usize = 0;

/** See `Ready.setProcessId`. */
export function setProcessId(id: i32): void {
  ready.setProcessId(id);
}

/** Where the next bytes of frames have to be written. */
export function frameRoom(size: i32): usize {
  return frames.room(size);
}

/** Takes bytes that were written there, as the Node program sends them before it ends. @returns how many frames that were */
export function takeFrames(size: i32): i32 {
  frames.size += size;
  let count = 0;
  for (; reader.begin(frames); count++) {
    if (reader.kind === Frame.ENTRY) coming.addEntry(reader);
    else if (reader.kind === Frame.FIXED) coming.addFixed(reader);
    reader.finish(frames);
  }
  return count;
}

/** Answers from now on with what the frames have said. Half of a frame is forgotten. */
export function fallAsleep(): void {
  frames.clear();
  ready.take(coming);
  coming = new Ready();
}

/** Where the next bytes of a client have to be written. */
export function requestRoom(size: i32): usize {
  return received.room(size);
}

/** Takes bytes that were written there. @returns where the request ends: see `Framing.end` */
export function receive(size: i32): i32 {
  received.size += size;
  end = framing.end(received.start, received.size);
  return end;
}

/** Answers a request that has ended. @returns the size of the answer, or -1 if the Node program has to answer */
export function answer(door: i32, wall: f64, steady: f64): i32 {
  const request = understand(received.start + framing.first, end - framing.first);
  if (request === null) return -1;
  const bytes = ready.answer(request, door, new Moment(wall, steady));
  if (bytes === null) return -1;
  answered = bytes.start;
  return bytes.size;
}

/** Where the last answer is. */
export function answerStart(): usize {
  return answered;
}

export function forgetRequest(): void {
  received.clear();
  framing.reset();
  __collect();
}

/** Forgets all answers. */
export function forgetAnswers(): void {
  ready.clear();
  __collect();
}
