// @ts-nocheck: it reads and writes bytes.
// Stands in for the Node program that a sleeping agent wakes: answers each client that it gets, and goes to sleep when it is told to
// by a request. The requests are those of sleeper.test.ts, not of the protocol. JETON_TEST_FRAMES has the numbers of the kinds of frames.
const fs = require('node:fs');
const net = require('node:net');

const kinds = JSON.parse(process.env.JETON_TEST_FRAMES);
const header = Buffer.alloc(5);
function readExactly(buffer) {
  for (let size = 0; size < buffer.length; ) size += fs.readSync(3, buffer, size, buffer.length - size);
  return buffer;
}
function frame(kind, content = Buffer.alloc(0)) {
  const size = Buffer.alloc(5);
  size.writeUInt32LE(content.length);
  size[4] = kinds[kind];
  return Buffer.concat([size, content]);
}
const u32 = (value) => Buffer.from(Uint32Array.of(value).buffer);
const f64 = (value) => Buffer.from(Float64Array.of(value).buffer);
const text = (value) => Buffer.concat([u32(Buffer.byteLength(value)), Buffer.from(value)]);

// Another version than PROTOCOL_VERSION in a copy that is to be of another one.
const VERSION = 1;
fs.writeSync(3, frame('version', u32(VERSION)));

const birth = { state: '', used: [], clients: [], listeners: [], deaths: 0, settings: '' };
/** All of these frames as bytes. */
const given = [];
for (;;) {
  readExactly(header);
  const content = readExactly(Buffer.alloc(header.readUInt32LE(0)));
  given.push(Buffer.from(header), content);
  const kind = header[4];
  if (kind === kinds.settings) birth.settings = content.toString();
  if (kind === kinds.state) birth.state = content.toString();
  if (kind === kinds.used) birth.used.push(content.toString());
  if (kind === kinds.listener) birth.listeners.push(content.readUInt32LE(0), content.readUInt32LE(4));
  if (kind === kinds.client) {
    const received = 20 + content.readUInt32LE(16);
    birth.clients.push({
      fd: content.readUInt32LE(0),
      door: content.readUInt32LE(4),
      secondsLeft: content.readDoubleLE(8),
      commonKey: content.subarray(20, received),
      bytes: content.subarray(received),
    });
  }
  if (kind === kinds.deaths) birth.deaths = content.readUInt32LE(0);
  if (kind === kinds.born) break;
  // A program like this one would run.
  if (kind === kinds.trial) process.exit(0);
}
if ([birth.settings, birth.state].includes('dies at birth')) process.exit(1);
const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
if (birth.state === 'hangs at birth') pause(1e6);
if (birth.state === 'slow at birth') pause(4000);
const channel = new net.Socket({ fd: 3 });
channel
  .on('error', () => process.exit(3))
  .on('close', () => process.exit(2))
  .on('data', (bytes) => {
    // It is to sleep soon: when all are answered.
    if (bytes[4] !== kinds.hurry) return;
    for (const server of servers) server.close();
    const never = f64(Infinity);
    const sleep = () =>
      channel.write(frame('asleep', Buffer.concat([never, never, u32(0)])), () => process.exit(0));
    const look = () => (sockets.size === 0 ? sleep() : setTimeout(look, 1));
    look();
  });
const sockets = new Set();
channel.write(frame('awake'));
const { clients, ...others } = birth;
const shown = { ...others, left: clients.map(({ secondsLeft }) => secondsLeft) };

function serve(socket, before = '') {
  let received = before;
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  const look = () => {
    if (!received.includes('}')) return;
    if (!received.startsWith('{')) return socket.end('{"by":"worker"}');
    const { do: action, state, entries = [], wakeIn = Infinity, ...rest } = JSON.parse(received);
    if (action === 'show frames') return socket.end(Buffer.concat(given).toString('base64'));
    if (action === 'die') process.kill(process.pid, 'SIGKILL');
    if (state !== undefined) channel.write(frame('state', Buffer.from(state)));
    socket.end(JSON.stringify({ by: 'worker', pid: process.pid, ...shown, asked: rest }));
    if (action !== 'sleep') return;
    for (const server of servers) server.close();
    const now = { wall: Date.now() / 1000, steady: Number(process.hrtime.bigint()) / 1e9 };
    for (const {
      flags = 1,
      doors = 1,
      life = 60,
      ahead = -1,
      account,
      issuer = '',
      key = '\n',
      answer,
    } of entries) {
      const never = f64(Infinity);
      const times = [f64(now.wall + life), f64(now.steady + life), f64(ahead), f64(0), never, never];
      channel.write(
        frame(
          'entry',
          Buffer.concat([
            u32(flags),
            u32(doors),
            ...times,
            text(account),
            text(issuer),
            text(key),
            Buffer.from(answer),
          ]),
        ),
      );
    }
    channel.write(
      frame('asleep', Buffer.concat([f64(now.wall + wakeIn), f64(now.steady + wakeIn), u32(0)])),
      () => socket.once('close', () => process.exit(0)),
    );
  };
  socket.on('data', (piece) => {
    received += piece;
    look();
  });
  look();
}
const servers = birth.listeners.map((fd) =>
  net.createServer({ allowHalfOpen: true }, (socket) => serve(socket)).listen({ fd, backlog: 1024 }),
);
for (const { fd, bytes, commonKey } of clients) {
  const socket = new net.Socket({ fd, allowHalfOpen: true });
  if (commonKey.length === 0) serve(socket, bytes.toString());
  // It has no cipher.
  else
    socket.end(JSON.stringify({ by: 'worker', commonKey: commonKey.toString('hex'), received: `${bytes}` }));
}
