/**
 * An agent that sleeps (docs/native.md): owns the sockets and the state, answers what is ready, and starts the Node program for
 * everything else. Either it accepts clients or the Node program does, never both.
 */

import { Bytes } from './sleeper/bytes';
import { Client, Stage } from './sleeper/client';
import { beginFrame, Frame, Reader } from './sleeper/frames';
import { Framing, MORE } from './sleeper/framing';
import * as host from './sleeper/host';
import { Moment, Ready } from './sleeper/ready';
import { understand } from './sleeper/request';
import { address, describe, describeFileError, Socket } from './sleeper/sockets';
import { encodeUtf8 } from './text/utf8';

/** Seconds that a client has until its first byte, from there to the end of its request, and to take its answer or an error. */
const IDLE_SECONDS: f64 = 30;
const REQUEST_SECONDS: f64 = 10;
const FAREWELL_SECONDS: f64 = 1;
/** Refused clients at a time. */
const MAX_LEAVING: i32 = 64;
/** As in packages/agent/src/daemon/socket/connection-limit.ts. */
const MAX_CLIENTS: i32 = 1024;
const MIN_CLIENTS: i32 = 16;
const RESERVED_DESCRIPTORS: i32 = 128;
const GUESTS_SHARE: i32 = 4;
/** A client that has sent more without an end is one for the Node program. */
const MAX_RECEIVED_BYTES: i32 = 16 * 1024;
/** Clients that are accepted before others have their turn. */
const MAX_ACCEPTED: i32 = 64;
/** Seconds after which the clocks are looked at again: one may have been set, or the computer may have slept. */
const LOOK_SECONDS: f64 = 30;
/** Node programs that may die within a minute, and the seconds after which one is started again for what may be due. */
const MAX_DEATHS: i32 = 5;
const DEATHS_SECONDS: f64 = 60;
const RESTART_SECONDS: f64 = 1;
/** Requests between two collections of garbage: each leaves about 2 KiB. */
const ANSWERS_TO_COLLECT: i32 = 64;

const EAGAIN: i32 = -11;
const EMFILE: i32 = -24;
const ENFILE: i32 = -23;
const POLLIN: i32 = 1;
const POLLOUT: i32 = 4;
const SIGINT: i32 = 2;
const SIGTERM: i32 = 15;
const SIGCHLD: i32 = 17;

/** Descriptors that the starter sets up. */
const LAUNCH_FD: i32 = 0;
const REPORT_FD: i32 = 3;
const STARTER_FD: i32 = 4;
/** The first descriptor of those that a Node program gets. */
const FIRST_INHERITED: i32 = 3;

/** What a step of the sleeper says to the host. */
export const GO_ON: i32 = 0;
export const END: i32 = 1;
const FAILED: i32 = 2;

const SCRATCH_BYTES: i32 = 64 * 1024;
let scratch: usize = 0;
const SIGNAL_BYTES: i32 = 128;
const signalInfo = memory.data(128);
const pair = memory.data(8);

enum Shape {
  Asleep,
  /** A Node program runs. */
  Awake,
  /** The agent ends as soon as the Node program has. */
  Ending,
  /** All is done but the removal of the folder, which another process may have a file in. */
  Leaving,
}

let shape: Shape = Shape.Asleep;
const sockets: Socket[] = [];
const clients: Client[] = [];
const ready = new Ready();
/** Answers of a Node program that is about to sleep. */
let coming = new Ready();
const state = new Bytes();
const settings = new Bytes();
const launch = new Bytes();
const reader = new Reader();
const framing = new Framing();

let program: string = '';
let script: string = '';
let folder: string = '';
let pidFile: string = '';
let checkSeconds: f64 = 60;
let endsWithStarter: bool = false;

/** The Node program, its end of the channel, and the bytes of both directions. */
let worker: i32 = 0;
let channel: i32 = -1;
const incoming = new Bytes();
const outgoing = new Bytes();
/** Whether the Node program has taken the clients over. */
let isBorn: bool = false;
/** Whether a socket was made anew that the Node program does not have. */
let hasNewSocket: bool = false;
/** Whether it has to be woken to end, because only it can look whether all is on the disk. */
let endsAwake: bool = false;

/** When the Node program has something to do. */
let wakeWall: f64 = Infinity;
let wakeSteady: f64 = Infinity;
/** By the steady clock. */
let nextCheck: f64 = 0;
let pauseUntil: f64 = 0;
let leaveUntil: f64 = 0;
const deaths: f64[] = [];
let deathCount: u32 = 0;
let now = new Moment(0, 0);
/** Whether the agent was to end when it went to sleep. */
let hasToEnd: bool = false;

/** The pollfd structs, and how many of them there is room for. */
let polled: usize = 0;
let polledRoom: i32 = 0;
/** Requests that were read since the last collection of garbage, and before the last round. */
let answered: i32 = 0;
let answeredBefore: i32 = 0;
/** Whether a client is there that the Node program has to answer. */
let isWanted: bool = false;

/** Begins: reads what the starter says, and listens. @returns GO_ON, or FAILED after a report of why not */
export function begin(): i32 {
  scratch = heap.alloc(SCRATCH_BYTES);
  ready.setProcessId(host.processId());
  look();
  let count = 1;
  while (count > 0) {
    count = host.read(LAUNCH_FD, launch.room(4096), 4096);
    if (count > 0) launch.size += count;
  }
  while (reader.begin(launch)) {
    takeLaunchFrame();
    reader.finish(launch);
  }
  launch.clear();
  if (sockets.length === 0) return FAILED;
  for (let index = 0; index < sockets.length; index++) {
    const socket = sockets[index];
    const error = socket.open();
    if (error === 0 || !socket.isNeeded) continue;
    for (let other = 0; other < index; other++) sockets[other].remove();
    return fail('Could not bind ipc-socket', describe(error, socket.path));
  }
  if (pidFile !== '') {
    const error = replacePidFile();
    if (error !== 0) {
      for (let index = 0; index < sockets.length; index++) sockets[index].remove();
      return fail('Could not write the pid file', `${pidFile}: ${describeFileError(error)}`);
    }
  }
  nextCheck = now.steady + checkSeconds;
  report('{"ready":true}');
  if (!endsWithStarter) host.close(STARTER_FD);
  return GO_ON;
}

function takeLaunchFrame(): void {
  const kind = reader.kind;
  if (kind === Frame.PROGRAM) program = reader.text();
  else if (kind === Frame.SCRIPT) script = reader.text();
  else if (kind === Frame.SETTINGS) replace(settings, reader.rest());
  else if (kind === Frame.STATE) replace(state, reader.rest());
  else if (kind === Frame.FIXED) ready.addFixed(reader);
  else if (kind === Frame.FOLDER) folder = reader.text();
  else if (kind === Frame.PID_FILE) pidFile = reader.text();
  else if (kind === Frame.TIMING) {
    checkSeconds = reader.f64();
    endsWithStarter = reader.u32() !== 0;
  } else if (kind === Frame.SOCKET) {
    const door = <i32>reader.u32();
    const isNeeded = reader.u32() !== 0;
    const group = <i32>reader.u32();
    const path = reader.text();
    sockets.push(new Socket(door, isNeeded, group, path, reader.text()));
  }
}

/** Wipes the bytes of before. */
function replace(bytes: Bytes, by: Bytes): void {
  bytes.clear();
  bytes.append(by.start, by.size);
  by.clear();
}

function fail(problem: string, reason: string): i32 {
  report(`{"ready":false,"problem":${quoted(problem)},"error":${quoted(reason)}}`);
  return FAILED;
}

function report(text: string): void {
  const encoded = encodeUtf8(text);
  host.write(REPORT_FD, changetype<usize>(encoded), encoded.byteLength);
  host.close(REPORT_FD);
}

/** A path has no characters but these two that JSON does not take as they are, or the starter would have refused it. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function replacePidFile(): i32 {
  const temporary = `${pidFile}.${host.processId()}`;
  host.unlink(address(temporary));
  const error = host.writeProcessId(address(temporary));
  if (error < 0) return error;
  return host.rename(address(temporary), address(pidFile));
}

/** One round: waits for an event, and deals with it. @returns GO_ON, or END when the agent has ended */
export function step(): i32 {
  if (answered >= ANSWERS_TO_COLLECT || answered === answeredBefore) {
    answered = 0;
    __collect();
  }
  answeredBefore = answered;
  const count = fillPolled();
  host.poll(polled, count, patience());
  look();
  // Either of these may end what the others wait for; that is seen in the next round.
  if (happened(0)) {
    takeSignals();
  } else if (endsWithStarter && happened(STARTER_INDEX)) {
    endsWithStarter = false;
    end();
  } else if (channel >= 0 && happened(CHANNEL_INDEX)) {
    talk();
    if (hasToEnd) {
      hasToEnd = false;
      end();
    }
  } else {
    if (isAccepting) acceptClients();
    const first = SOCKETS_INDEX + (isAccepting ? sockets.length : 0);
    // Backwards, as those that are done are removed; those that have come since are behind.
    for (let index = count - first - 1; index >= 0; index--) {
      if (happened(first + index)) serve(index);
    }
  }
  keepTime();
  if (isWanted) wake();
  if (shape === Shape.Leaving && leave()) return END;
  return GO_ON;
}

const STARTER_INDEX: i32 = 1;
const CHANNEL_INDEX: i32 = 2;
const SOCKETS_INDEX: i32 = 3;
/** Whether this round waits for new clients. */
let isAccepting: bool = false;

/** Lists what to wait for. @returns how many */
function fillPolled(): i32 {
  isAccepting = shape === Shape.Asleep && now.steady >= pauseUntil;
  const most = SOCKETS_INDEX + sockets.length + clients.length;
  if (most > polledRoom) {
    if (polled !== 0) heap.free(polled);
    polledRoom = most * 2;
    polled = heap.alloc(polledRoom << 3);
  }
  waitFor(0, host.signals(), POLLIN);
  // A negative descriptor is one that does not count.
  waitFor(STARTER_INDEX, endsWithStarter ? STARTER_FD : -1, POLLIN);
  waitFor(CHANNEL_INDEX, channel, outgoing.size > 0 ? POLLIN | POLLOUT : POLLIN);
  let count = SOCKETS_INDEX;
  if (isAccepting) {
    for (let index = 0; index < sockets.length; index++) waitFor(count++, sockets[index].fd, POLLIN);
  }
  for (let index = 0; index < clients.length; index++) {
    const client = clients[index];
    const isThere = client.stage !== Stage.HandedOver;
    waitFor(count++, isThere ? client.fd : -1, client.stage === Stage.Taking ? POLLOUT : POLLIN);
  }
  return count;
}

function waitFor(index: i32, fd: i32, events: i32): void {
  const at = polled + (index << 3);
  store<i32>(at, fd);
  store<i16>(at, <i16>events, 4);
  store<i16>(at, 0, 6);
}

function happened(index: i32): bool {
  return load<i16>(polled + (index << 3), 6) !== 0;
}

function look(): void {
  now = new Moment(host.wall(), host.steady());
}

/** Milliseconds until there is something to do without an event. */
function patience(): i32 {
  let seconds = LOOK_SECONDS;
  for (let index = 0; index < clients.length; index++)
    seconds = min(seconds, clients[index].deadline - now.steady);
  if (shape === Shape.Asleep) {
    seconds = min(seconds, now.until(wakeWall, wakeSteady));
    seconds = min(seconds, ready.dueIn(now));
    if (pauseUntil > now.steady) seconds = min(seconds, pauseUntil - now.steady);
  }
  if (shape === Shape.Leaving) seconds = 0.005;
  else seconds = min(seconds, nextCheck - now.steady);
  return i32(Math.ceil(max(seconds, 0) * 1000));
}

/** Accepts those that wait, and answers them if it can. */
function acceptClients(): void {
  for (let index = 0; index < sockets.length; index++) {
    const isReady = happened(SOCKETS_INDEX + index);
    const socket = sockets[index];
    for (let accepted = 0; isReady && accepted < MAX_ACCEPTED && !isWanted; accepted++) {
      const fd = host.accept(socket.fd);
      if (fd === EMFILE || fd === ENFILE) pauseUntil = now.steady + 0.1;
      if (fd < 0) break;
      welcome(fd, socket.door);
    }
  }
}

function welcome(fd: i32, door: i32): void {
  const limit = clientLimit(door);
  if (clients.length >= limit && countAt(door) >= limit) {
    turnAway(fd, door, limit);
    return;
  }
  const count = host.read(fd, scratch, SCRATCH_BYTES);
  if (count === 0) {
    say(fd, door, failure('Bad Request: could not parse json'));
    return;
  }
  if (count < 0 && count !== EAGAIN) {
    host.close(fd);
    return;
  }
  framing.reset();
  const end = count < 0 ? MORE : framing.end(scratch, count);
  if (end > 0) {
    const answer = answerTo(scratch + framing.first, end - framing.first, door);
    if (answer !== null) {
      memory.fill(scratch, 0, count);
      give(fd, door, answer.start, answer.size);
      return;
    }
  }
  const client = new Client(fd, door, now.steady + (count < 0 ? IDLE_SECONDS : REQUEST_SECONDS));
  if (count > 0) {
    client.received.append(scratch, count);
    memory.fill(scratch, 0, count);
    client.framing.copy(framing);
  }
  clients.push(client);
  if (end !== MORE) isWanted = true;
}

function answerTo(start: usize, size: i32, door: i32): Bytes | null {
  answered++;
  const request = understand(start, size);
  return request === null ? null : ready.answer(request, door, now);
}

/** Sends an answer and ends the connection; what the client does not take at once, it gets later. */
function give(fd: i32, door: i32, start: usize, size: i32): void {
  const count = host.write(fd, start, size);
  if (count === size || (count < 0 && count !== EAGAIN)) {
    host.close(fd);
    return;
  }
  const client = new Client(fd, door, now.steady + IDLE_SECONDS);
  client.stage = Stage.Taking;
  const taken = max(count, 0);
  client.answer.append(start + taken, size - taken);
  clients.push(client);
}

function say(fd: i32, door: i32, text: string): void {
  const encoded = encodeUtf8(text);
  give(fd, door, changetype<usize>(encoded), encoded.byteLength);
}

function failure(error: string): string {
  return `{"status":"failure","error":"${error}"}`;
}

/** Sends the error that too many are connected, and waits for the request: a client whose write fails would not see the error. */
function turnAway(fd: i32, door: i32, limit: i32): void {
  const encoded = encodeUtf8(failure(`too many connections (${limit}); please try again later`));
  host.write(fd, changetype<usize>(encoded), encoded.byteLength);
  let leaving = 0;
  for (let index = 0; index < clients.length; index++)
    leaving += clients[index].stage === Stage.Leaving ? 1 : 0;
  if (leaving >= MAX_LEAVING) {
    host.close(fd);
    return;
  }
  const client = new Client(fd, door, now.steady + FAREWELL_SECONDS);
  client.stage = Stage.Leaving;
  clients.push(client);
}

function clientLimit(door: i32): i32 {
  const all = max(MIN_CLIENTS, min(MAX_CLIENTS, host.descriptorLimit() - RESERVED_DESCRIPTORS));
  const guests = all / GUESTS_SHARE;
  if (door > 0) return guests;
  let others = 0;
  for (let index = 0; index < sockets.length; index++) others += sockets[index].door > 0 ? 1 : 0;
  return all - others * guests;
}

function countAt(door: i32): i32 {
  let count = 0;
  for (let index = 0; index < clients.length; index++) {
    const client = clients[index];
    if (client.door === door && client.stage !== Stage.Leaving) count++;
  }
  return count;
}

/** Something has come from a client, or it can take more of its answer. */
function serve(index: i32): void {
  const client = clients[index];
  if (client.stage === Stage.HandedOver) return;
  if (client.stage === Stage.Leaving) {
    remove(index);
    return;
  }
  if (client.stage === Stage.Taking) {
    const count = host.write(client.fd, client.answer.start, client.answer.size);
    if (count === EAGAIN) return;
    if (count < 0 || count === client.answer.size) {
      remove(index);
      return;
    }
    client.answer.skip(count);
    return;
  }
  const count = host.read(client.fd, scratch, SCRATCH_BYTES);
  if (count === EAGAIN) return;
  if (count < 0) {
    remove(index);
    return;
  }
  if (count === 0) {
    finish(index, failure('Bad Request: could not parse json'));
    return;
  }
  if (client.received.size === 0) client.deadline = now.steady + REQUEST_SECONDS;
  client.received.append(scratch, count);
  memory.fill(scratch, 0, count);
  const end = client.framing.end(client.received.start, client.received.size);
  if (end === MORE && client.received.size <= MAX_RECEIVED_BYTES) return;
  if (end > 0 && shape === Shape.Asleep) {
    const answer = answerTo(
      client.received.start + client.framing.first,
      end - client.framing.first,
      client.door,
    );
    if (answer !== null) {
      const fd = client.fd;
      const door = client.door;
      forget(index);
      give(fd, door, answer.start, answer.size);
      return;
    }
  }
  isWanted = true;
}

/** Answers a client, and ends the connection when it has taken the answer. */
function finish(index: i32, text: string): void {
  const client = clients[index];
  const fd = client.fd;
  const door = client.door;
  forget(index);
  say(fd, door, text);
}

function remove(index: i32): void {
  host.close(clients[index].fd);
  forget(index);
}

/** The last one takes its place. */
function forget(index: i32): void {
  clients[index].wipe();
  const last = clients.pop();
  if (index < clients.length) clients[index] = last;
}

/** What is due without an event. */
function keepTime(): void {
  for (let index = clients.length - 1; index >= 0; index--) {
    const client = clients[index];
    if (client.stage === Stage.HandedOver || client.deadline > now.steady) continue;
    if (client.stage === Stage.Asking) finish(index, failure('reached timeout'));
    else remove(index);
  }
  if (shape === Shape.Asleep && (now.until(wakeWall, wakeSteady) <= 0 || ready.dueIn(now) <= 0))
    isWanted = true;
  if (now.steady >= nextCheck && (shape === Shape.Asleep || shape === Shape.Awake)) {
    nextCheck = now.steady + checkSeconds;
    checkSockets();
  }
}

/** Listens again where a socket has vanished; ends where other processes listen at all places of the owner. */
function checkSockets(): void {
  let isReached = false;
  let isTaken = false;
  for (let index = 0; index < sockets.length; index++) {
    const socket = sockets[index];
    if (socket.isOurs) {
      isReached = isReached || socket.door === 0;
      continue;
    }
    if (socket.reopen()) isTaken = isTaken || socket.door === 0;
    else if (socket.isOurs) {
      isReached = isReached || socket.door === 0;
      if (shape === Shape.Awake) hasNewSocket = true;
    }
  }
  if (isTaken && !isReached) {
    end();
    return;
  }
  if (hasNewSocket && isBorn) {
    hasNewSocket = false;
    beginFrame(outgoing, Frame.HURRY, 0);
  }
}

/** Starts the Node program: with the sockets, the state, and the clients that are there. */
function wake(): void {
  isWanted = false;
  if (shape !== Shape.Asleep) return;
  wakeWall = Infinity;
  wakeSteady = Infinity;
  if (hasDiedTooOften() || host.channel(pair) < 0) {
    refuseAsking();
    return;
  }
  const own = load<i32>(pair);
  const other = load<i32>(pair, 4);
  const inherited: i32[] = [other];
  beginBytes(Frame.SETTINGS, settings);
  beginBytes(Frame.STATE, state);
  const used = ready.used();
  for (let index = 0; index < used.length; index++) {
    const name = encodeUtf8(used[index]);
    beginFrame(outgoing, Frame.USED, name.byteLength);
    outgoing.append(changetype<usize>(name), name.byteLength);
  }
  beginFrame(outgoing, Frame.DEATHS, 4);
  outgoing.appendU32(deathCount);
  for (let index = 0; index < sockets.length; index++) {
    const socket = sockets[index];
    if (socket.fd < 0) continue;
    const path = encodeUtf8(socket.path);
    beginFrame(outgoing, Frame.LISTENER, 28 + path.byteLength);
    outgoing.appendU32(FIRST_INHERITED + inherited.length);
    // Once more, for a Node program that had begun to go to sleep.
    outgoing.appendU32(FIRST_INHERITED + inherited.length + 1);
    outgoing.appendU32(socket.door);
    outgoing.appendU64(socket.device);
    outgoing.appendU64(socket.inode);
    outgoing.append(changetype<usize>(path), path.byteLength);
    inherited.push(socket.fd);
    inherited.push(socket.fd);
  }
  for (let index = 0; index < clients.length; index++) {
    const client = clients[index];
    if (client.stage !== Stage.Asking) continue;
    client.stage = Stage.HandedOver;
    client.deadline = Infinity;
    beginFrame(outgoing, Frame.CLIENT, 8 + client.received.size);
    outgoing.appendU32(FIRST_INHERITED + inherited.length);
    outgoing.appendU32(client.door);
    outgoing.append(client.received.start, client.received.size);
    inherited.push(client.fd);
  }
  beginFrame(outgoing, Frame.BORN, 0);
  const count = inherited.length;
  const list = heap.alloc(count << 2);
  for (let index = 0; index < count; index++) store<i32>(list + (index << 2), inherited[index]);
  worker = host.spawn(address(program), address(script), list, count);
  heap.free(list);
  host.close(other);
  channel = own;
  shape = Shape.Awake;
  isBorn = false;
  hasNewSocket = false;
  incoming.clear();
  if (worker < 0) {
    lose();
    return;
  }
  flush();
}

function beginBytes(kind: i32, bytes: Bytes): void {
  beginFrame(outgoing, kind, bytes.size);
  outgoing.append(bytes.start, bytes.size);
}

/** Tells those that ask that nothing can be done for them. */
function refuseAsking(): void {
  const text = `{"status":"failure","error":"the program of the agent does not start","info":"hint: see whether node and jeton are where they were, then try again; the agent has kept its accounts\\n","kind":"try-again"}`;
  for (let index = clients.length - 1; index >= 0; index--) {
    const stage = clients[index].stage;
    if (stage === Stage.HandedOver || stage === Stage.Asking) finish(index, text);
  }
}

function hasDiedTooOften(): bool {
  while (deaths.length > 0 && deaths[0] < now.steady - DEATHS_SECONDS) deaths.shift();
  return deaths.length >= MAX_DEATHS;
}

/** Reads what the Node program says, and sends it the rest of what is for it. */
function talk(): void {
  flush();
  while (channel >= 0) {
    const count = host.read(channel, scratch, SCRATCH_BYTES);
    if (count === EAGAIN) return;
    if (count <= 0) {
      lose();
      return;
    }
    incoming.append(scratch, count);
    memory.fill(scratch, 0, count);
    while (channel >= 0 && reader.begin(incoming)) {
      takeFrame();
      reader.finish(incoming);
    }
  }
}

function flush(): void {
  while (outgoing.size > 0) {
    const count = host.write(channel, outgoing.start, outgoing.size);
    if (count === EAGAIN) return;
    // It has gone, which reading tells, too.
    if (count < 0) {
      outgoing.clear();
      return;
    }
    outgoing.skip(count);
  }
}

function takeFrame(): void {
  const kind = reader.kind;
  if (kind === Frame.STATE) replace(state, reader.rest());
  else if (kind === Frame.AWAKE) {
    isBorn = true;
    // What is ready is the Node program's to give out now.
    ready.clear();
    if (shape === Shape.Ending) host.signal(worker, SIGTERM);
    for (let index = clients.length - 1; index >= 0; index--) {
      if (clients[index].stage === Stage.HandedOver) remove(index);
    }
  } else if (kind === Frame.ENTRY) {
    coming.addEntry(reader);
  } else if (kind === Frame.FIXED) {
    coming.addFixed(reader);
  } else if (kind === Frame.ASLEEP) {
    const isEnding = shape === Shape.Ending;
    wakeWall = reader.f64();
    wakeSteady = reader.f64();
    endsAwake = reader.u32() !== 0;
    ready.take(coming);
    coming = new Ready();
    hangUp();
    shape = Shape.Asleep;
    // It had gone to sleep before it heard of the end.
    hasToEnd = isEnding;
  }
}

/** The Node program has nothing more to say. */
function hangUp(): void {
  host.close(channel);
  channel = -1;
  worker = 0;
  outgoing.clear();
}

/** The Node program has died, or did not start. */
function lose(): void {
  hangUp();
  incoming.clear();
  coming.clear();
  if (shape === Shape.Ending) {
    prepareToLeave();
    return;
  }
  deathCount++;
  deaths.push(now.steady);
  if (isBorn) ready.clear();
  shape = Shape.Asleep;
  // It could not be asked whether anything is due.
  endsAwake = state.size > 0;
  wakeWall = Infinity;
  wakeSteady = state.size > 0 ? now.steady + RESTART_SECONDS : Infinity;
  if (!isBorn) refuseAsking();
}

function takeSignals(): void {
  while (host.read(host.signals(), signalInfo, SIGNAL_BYTES) === SIGNAL_BYTES) {
    const number = load<i32>(signalInfo);
    if (number === SIGCHLD) {
      while (host.reap() > 0);
    } else if (number === SIGTERM || number === SIGINT) {
      end();
    }
  }
}

/** Ends the agent: at once, or when the Node program has finished what it has begun. */
function end(): void {
  if (shape === Shape.Ending || shape === Shape.Leaving) return;
  if (shape === Shape.Asleep && endsAwake) {
    wake();
    if (channel < 0) {
      prepareToLeave();
      return;
    }
  }
  for (let index = 0; index < sockets.length; index++) sockets[index].remove();
  for (let index = clients.length - 1; index >= 0; index--) {
    if (clients[index].stage !== Stage.HandedOver) remove(index);
  }
  if (channel < 0) {
    prepareToLeave();
    return;
  }
  shape = Shape.Ending;
  // Before, the signal would end it in its tracks.
  if (isBorn) host.signal(worker, SIGTERM);
}

function prepareToLeave(): void {
  for (let index = 0; index < sockets.length; index++) sockets[index].remove();
  if (pidFile !== '' && host.holdsProcessId(address(pidFile))) host.unlink(address(pidFile));
  state.clear();
  ready.clear();
  shape = Shape.Leaving;
  leaveUntil = now.steady + 0.5;
}

/** `oidc-agent -k` holds the lock of the socket, which is a file in the folder. @returns whether there is nothing more to do */
function leave(): bool {
  return folder === '' || host.removeFolder(address(folder)) !== -39 || now.steady >= leaveUntil;
}
