/**
 * One client from its first byte to its answer (docs/protocol.md): one request, one answer, then the connection ends.
 * Nothing that a client does or fails to do is felt by another one.
 */
import type { Socket } from 'node:net';
import {
  type Answer,
  answeredWithData,
  EncryptedMessageReader,
  type Failure,
  FirstMessageReader,
  FramingError,
  NOT_JSON,
  parseRequest,
  type Request,
  type RequestName,
} from '@jeton/protocol';
import type { EncryptedChannel } from '@jeton/protocol/encryption';
import { failureOf } from '../failure.ts';
import { admit, type Door, ownerDoor } from './door.ts';

/** Milliseconds that a client has for a step of its request. */
export interface ClientDeadlines {
  /** Until its first byte. */
  readonly idle: number;
  /** From its first byte, or from the agent's half of the key exchange, until its message is complete. */
  readonly request: number;
  /** To take its answer when the agent ends, or when it is refused. */
  readonly farewell: number;
}

export const CLIENT_DEADLINES_MS: ClientDeadlines = { idle: 30_000, request: 10_000, farewell: 1_000 };

/** The C agent's text for a client whose request is not complete in time. */
export const REACHED_TIMEOUT = 'reached timeout';

/** A client that waits for an answer. */
export interface Client {
  /** Aborts when the client stops waiting. */
  readonly gone: AbortSignal;
}

/** A client and the door at which it connected. */
export interface Visitor extends Client {
  readonly door: Door;
}

/**
 * Answers a request: synchronously if possible, so that a cached token leaves in the same turn of the event loop.
 * @throws or rejects with the error to send
 */
export type Handler = (request: Request, client: Visitor) => Answer | Promise<Answer>;

/**
 * Serves one connection. Never throws: every error becomes an answer, unless the client has gone.
 * @param commonKey of an encrypted conversation, if both sides have sent their public keys already
 */
export async function serveConnection(
  socket: Socket,
  handle: Handler,
  deadlines: ClientDeadlines = CLIENT_DEADLINES_MS,
  door: Door = ownerDoor,
  commonKey?: Uint8Array,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  let message: Message;
  try {
    message = await receive(socket, deadlines, commonKey);
  } catch (error) {
    return refuse(socket, failureAnswer(error), deadlines);
  }
  let answer: Answer;
  let name: RequestName | undefined;
  try {
    const request = parseRequest(message.text, (asked) => {
      name = asked;
      admit(asked, door);
    });
    const given = handle(request, new WaitingClient(socket, door));
    answer = given instanceof Promise ? await given : given;
  } catch (error) {
    answer = failureAnswer(error, name);
  }
  respond(socket, answer, message.channel);
  // Disconnects a client that does not read its answer.
  if (!socket.destroyed) socket.setTimeout(deadlines.idle, () => socket.destroy());
}

/** A complete message, with the channel that encrypts the answer if the message was encrypted. */
interface Message {
  readonly text: string;
  readonly channel?: EncryptedChannel;
}

async function receive(
  socket: Socket,
  deadlines: ClientDeadlines,
  commonKey: Uint8Array | undefined,
): Promise<Message> {
  const incoming = new Incoming(socket, deadlines, commonKey !== undefined);
  const first = commonKey === undefined ? await incoming.read(new FirstMessageReader()) : undefined;
  if (first?.form === 'plaintext') return { text: first.text };
  socket.pause();
  // Load the cipher, which takes 15 ms, only for clients that encrypt.
  const { EncryptedChannel, EncryptionError } = await import('@jeton/protocol/encryption');
  const channel = new EncryptedChannel();
  try {
    if (commonKey !== undefined) channel.setCommonKey(commonKey);
    if (first !== undefined) {
      channel.setPeer(first.text);
      socket.write(channel.publicKey);
    }
    return { text: channel.open(await incoming.read(new EncryptedMessageReader())), channel };
  } catch (error) {
    if (error instanceof EncryptionError) throw new FramingError(error.message);
    throw error;
  }
}

/** The answer that says why there is no other. @param name of the request, if it was read */
export function failureAnswer(error: unknown, name?: RequestName): Failure {
  if (error instanceof FramingError) return { status: 'failure', error: error.message };
  const failure = failureOf(error);
  if (name === undefined || !answeredWithData.includes(name)) return failure;
  return { status: failure.status, error: failure.error };
}

function respond(socket: Socket, answer: Answer, channel: EncryptedChannel | undefined): void {
  if (socket.destroyed) return;
  const text = JSON.stringify(answer);
  // In one write: the C clients read once. The agent ignores anything that the client still sends.
  socket.write(channel ? channel.seal(text) : text);
  // Usually the system accepts the answer at once. Waiting for an event would take a tenth of
  // the time of a cached token.
  if (socket.writableLength === 0) socket.destroy();
  else socket.destroySoon();
}

/**
 * Sends an error in place of an answer, in plaintext: a failed key exchange leaves no common key. A client that is
 * still sending would fail before it reads the error, so the agent reads and discards its data until it ends.
 */
function refuse(socket: Socket, failure: Failure, deadlines: ClientDeadlines): void {
  if (socket.destroyed) return;
  const farewell = setTimeout(() => socket.destroy(), deadlines.farewell);
  socket.once('close', () => clearTimeout(farewell));
  socket.end(JSON.stringify(failure));
}

/**
 * Detects that a client has closed its connection. The end of its data is no proof: the client may have closed only its
 * half. An empty write is: it fails once the client no longer reads.
 */
class WaitingClient implements Visitor {
  readonly door: Door;
  readonly #socket: Socket;
  #gone: AbortSignal | undefined;

  constructor(socket: Socket, door: Door) {
    this.#socket = socket;
    this.door = door;
  }

  /** Created on first use: a client that gets a cached token is served before it could leave. */
  get gone(): AbortSignal {
    this.#gone ??= leaving(this.#socket);
    return this.#gone;
  }
}

function leaving(socket: Socket): AbortSignal {
  const gone = new AbortController();
  // A client that has its answer may leave.
  const leave = () => socket.writableEnded || gone.abort(new Error('the client has gone'));
  const probe = () => socket.writableEnded || socket.write('', (error) => error && leave());
  if (socket.destroyed) leave();
  else if (socket.readableEnded) probe();
  else socket.once('end', probe);
  socket.once('close', leave);
  return gone.signal;
}

/** Reads messages from a client, each with a deadline. */
class Incoming {
  readonly #socket: Socket;
  readonly #deadlines: ClientDeadlines;
  /** Whether the client has sent anything. */
  #begun: boolean;
  #timer: NodeJS.Timeout | undefined;
  /** Takes the next chunk; undefined while no reader waits. */
  #take: ((piece: Buffer) => void) | undefined;
  #fail: ((error: FramingError) => void) | undefined;

  constructor(socket: Socket, deadlines: ClientDeadlines, hasBegun: boolean) {
    this.#socket = socket;
    this.#deadlines = deadlines;
    this.#begun = hasBegun;
    const ended = () => this.#fail?.(new FramingError(NOT_JSON));
    socket
      .on('data', (piece: Buffer) => this.#take?.(piece))
      .on('end', ended)
      .on('close', ended);
  }

  /** @throws FramingError for invalid data, for half a message, and on a timeout */
  async read<Message>(reader: { push(piece: Uint8Array): Message | undefined }): Promise<Message> {
    try {
      return await new Promise<Message>((resolve, reject) => {
        this.#fail = reject;
        this.#take = (piece) => {
          const isFirst = !this.#begun;
          this.#begun = true;
          try {
            const message = reader.push(piece);
            if (message !== undefined) return resolve(message);
          } catch (error) {
            return reject(error);
          }
          if (isFirst) this.#within(this.#deadlines.request);
        };
        this.#within(this.#begun ? this.#deadlines.request : this.#deadlines.idle);
        this.#socket.resume();
      });
    } finally {
      this.close();
    }
  }

  #within(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail?.(new FramingError(REACHED_TIMEOUT)), milliseconds);
  }

  /** Discards all further bytes of the client, so that the agent notices its end. */
  close(): void {
    clearTimeout(this.#timer);
    this.#take = undefined;
    this.#fail = undefined;
  }
}
