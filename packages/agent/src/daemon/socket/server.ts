import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { CLIENT_DEADLINES_MS, type ClientDeadlines, type Handler, serveConnection } from './connection.ts';
import { connectionLimit, GUESTS_SHARE } from './connection-limit.ts';
import { type Door, ownerDoor } from './door.ts';
import { claim, reclaim, type Sharing, SocketFile } from './socket-file.ts';

/** Maximum number of refused clients at a time. */
export const MAX_LEAVING = 64;
/** Milliseconds that a refused client gets to read its error. */
export const LEAVE_MS = 1000;

/** The error for a refused client. */
export const tooManyConnections = (limit: number | string) =>
  `too many connections (${limit}); please try again later`;

/** Sockets that answer requests. */
export interface AgentServer {
  /**
   * Listens again where a socket has vanished. False if other processes listen at all paths: clients no longer reach
   * this agent.
   */
  ensureListening(): Promise<boolean>;
  /** Takes no new connections, removes the sockets, and gives those that wait for an answer the time to get it. */
  close(): Promise<void>;
}

interface ListenOptions {
  readonly deadlines?: ClientDeadlines | undefined;
  /** Doors for other users than the owner. */
  readonly others?: readonly OpenDoor[] | undefined;
  /** The descriptors of the owner's sockets, if systemd has made them. */
  readonly descriptors?: readonly number[] | undefined;
}

/** A door for other users than the owner: its policy, its path, and the group that its socket belongs to. */
export interface OpenDoor {
  readonly door: Door;
  readonly path: string;
  readonly sharing: Sharing;
}

/**
 * Listens on UNIX sockets that only their owner can use (0600), of which the first is needed and the others are not; and on a
 * socket for each further door, all of which are needed.
 * @throws `SocketTaken` if another process listens at one of the paths, and with the reason if a needed socket cannot
 * be made
 */
export async function listen(
  socketPaths: readonly string[],
  handle: Handler,
  { deadlines = CLIENT_DEADLINES_MS, others = [], descriptors }: ListenOptions = {},
): Promise<AgentServer> {
  const pending = new Set<Promise<unknown>>();
  const tracked: Handler = (request, client) => {
    const answer = handle(request, client);
    if (!(answer instanceof Promise)) return answer;
    const ended = answer.finally(() => pending.delete(ended));
    pending.add(ended);
    return ended;
  };
  const guests = Math.floor(connectionLimit() / GUESTS_SHARE);
  const owners = new Entrance(ownerDoor, connectionLimit() - others.length * guests, tracked, deadlines);
  const ownFiles = socketPaths.map(
    (path, index) =>
      new SocketFile(path, owners.serve, { isNeeded: index === 0, descriptor: descriptors?.[index] }),
  );
  const entrances = [owners];
  const files = [...ownFiles];
  for (const { door, path, sharing } of others) {
    const entrance = new Entrance(door, guests, tracked, deadlines);
    entrances.push(entrance);
    files.push(new SocketFile(path, entrance.serve, { isNeeded: true, sharing }));
  }
  await claim(files);
  return {
    async ensureListening() {
      const all = await Promise.all(files.map(reclaim));
      // Only the owner's sockets count: an agent that its owner can no longer reach ends.
      const states = all.slice(0, ownFiles.length);
      return states.includes('ours') || !states.includes('taken');
    },
    async close() {
      const closed = Promise.all(files.map((file) => file.close()));
      // Clients that wait for a token still get it. The agent does not wait for clients that have not finished their
      // request.
      await Promise.allSettled(pending);
      await setImmediate();
      const all = entrances.flatMap((entrance) => entrance.sockets);
      for (const socket of all) socket.destroySoon();
      const farewell = setTimeout(() => {
        for (const socket of all) socket.destroy();
      }, deadlines.farewell);
      await closed;
      clearTimeout(farewell);
    },
  };
}

/** Serves the clients of one door, up to its own limit, so that they take no connections from another door. */
export class Entrance {
  readonly #door: Door;
  readonly #limit: number;
  readonly #handle: Handler;
  readonly #deadlines: ClientDeadlines;
  readonly #connections = new Set<Socket>();
  readonly #leaving = new Set<Socket>();

  /** @param limit the number of clients that are served at the same time */
  constructor(door: Door, limit: number, handle: Handler, deadlines: ClientDeadlines) {
    this.#door = door;
    this.#limit = limit;
    this.#handle = handle;
    this.#deadlines = deadlines;
  }

  /**
   * @param deadlines of this client, if it has waited elsewhere before
   * @param commonKey of an encrypted conversation that another process has begun
   */
  readonly serve = (socket: Socket, deadlines = this.#deadlines, commonKey?: Uint8Array): void => {
    if (this.#connections.size >= this.#limit) {
      this.#turnAway(socket);
      return;
    }
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    void serveConnection(socket, this.#handle, deadlines, this.#door, commonKey);
  };

  get sockets(): Socket[] {
    return [...this.#connections, ...this.#leaving];
  }

  /**
   * Sends a client the error that too many are connected, and reads its request: a client whose write fails would not
   * see the error.
   */
  #turnAway(socket: Socket): void {
    socket.on('error', () => undefined);
    socket.end(JSON.stringify({ status: 'failure', error: tooManyConnections(this.#limit) }));
    // Many clients may connect before anything else runs. Descriptors must not run out.
    if (this.#leaving.size >= MAX_LEAVING) {
      socket.destroy();
      return;
    }
    this.#leaving.add(socket);
    socket.once('close', () => this.#leaving.delete(socket));
    socket.once('data', () => socket.destroy()).setTimeout(LEAVE_MS, () => socket.destroy());
  }
}
