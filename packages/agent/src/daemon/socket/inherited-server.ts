/** Sockets that another process has made, and clients that it has accepted (docs/sleeping-agent.md). */
import { createServer, type Server, Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { CLIENT_DEADLINES_MS, type Handler } from './connection.ts';
import { connectionLimit, GUESTS_SHARE } from './connection-limit.ts';
import { type Door, ownerDoor } from './door.ts';
import { Entrance } from './server.ts';
import { BACKLOG } from './socket-file.ts';

/** A listening socket, by several descriptors: one that is closed cannot be opened again. */
export interface InheritedListener {
  readonly door: number;
  readonly descriptors: readonly number[];
}

/** A client, and what the other process has read of its request. */
export interface InheritedClient {
  readonly descriptor: number;
  readonly door: number;
  /** Seconds until its request must have begun, or be complete if it has begun. */
  readonly secondsLeft: number;
  /** Of an encrypted conversation, if it has one already; else empty. */
  readonly commonKey: Uint8Array;
  readonly received: Uint8Array;
}

export class InheritedServer {
  readonly #listeners: { readonly door: number; readonly descriptors: number[] }[];
  readonly #entrances: Entrance[];
  readonly #pending = new Set<Promise<unknown>>();
  #servers: Server[] = [];

  /** @param doors by their numbers; the first one is the owner's */
  constructor(doors: readonly Door[], listeners: readonly InheritedListener[], handle: Handler) {
    const tracked: Handler = (request, client) => {
      const answer = handle(request, client);
      if (!(answer instanceof Promise)) return answer;
      const ended = answer.finally(() => this.#pending.delete(ended));
      this.#pending.add(ended);
      return ended;
    };
    const guests = Math.floor(connectionLimit() / GUESTS_SHARE);
    const owners = connectionLimit() - (doors.length - 1) * guests;
    this.#listeners = listeners.map(({ door, descriptors }) => ({ door, descriptors: [...descriptors] }));
    this.#entrances = doors.map(
      (door) => new Entrance(door, door === ownerDoor ? owners : guests, tracked, CLIENT_DEADLINES_MS),
    );
  }

  /** Serves the clients of the other process. */
  take(clients: readonly InheritedClient[]): void {
    for (const { descriptor, door, secondsLeft, commonKey, received } of clients) {
      const socket = new Socket({ fd: descriptor, allowHalfOpen: true, readable: true, writable: true });
      socket.pause();
      const left = secondsLeft * 1000;
      const hasBegun = received.length > 0 || commonKey.length > 0;
      const rest = hasBegun ? { request: left } : { idle: left };
      if (received.length > 0) socket.unshift(received);
      const key = commonKey.length > 0 ? commonKey : undefined;
      this.#entrances[door]?.serve(socket, { ...CLIENT_DEADLINES_MS, ...rest }, key);
    }
  }

  get isAccepting(): boolean {
    return this.#servers.length > 0;
  }

  /** Accepts clients, perhaps again. */
  accept(): void {
    const found = this.#listeners.map(({ door, descriptors }) => [door, descriptors.shift()] as const);
    for (const [door, fd] of found) {
      const entrance = this.#entrances[door];
      if (fd === undefined || entrance === undefined) continue;
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
        entrance.serve(socket),
      );
      // A connection that the system could not hand over: no reason to end for all.
      server.on('error', () => undefined).listen({ fd, backlog: BACKLOG });
      this.#servers.push(server);
    }
  }

  /** Whether clients could be accepted again. */
  get canAcceptAgain(): boolean {
    return this.#listeners.every(({ descriptors }) => descriptors.length > 0);
  }

  /** Leaves new clients in the queue. */
  stopAccepting(): void {
    for (const server of this.#servers) server.close();
    this.#servers = [];
  }

  /** The clients that are connected. */
  get clients(): number {
    return this.#entrances.reduce((sum, { sockets }) => sum + sockets.length, 0);
  }

  /** Takes no new connections, and gives those that wait for an answer the time to get it. */
  async close(): Promise<void> {
    this.stopAccepting();
    await Promise.allSettled(this.#pending);
    await setImmediate();
    const all = this.#entrances.flatMap((entrance) => entrance.sockets);
    const closed = all.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of all) socket.destroySoon();
    const farewell = setTimeout(() => {
      for (const socket of all) socket.destroy();
    }, CLIENT_DEADLINES_MS.farewell);
    await Promise.all(closed);
    clearTimeout(farewell);
  }
}
