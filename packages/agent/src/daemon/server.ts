import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { type ClientDeadlines, clientDeadlines, type Handler, serveConnection } from './connection.ts';
import { connectionLimit } from './connection-limit.ts';
import { claim, reclaim, type Sharing, SocketFile } from './socket-file.ts';

/** Clients that are turned away, and milliseconds that one has for taking note of it. */
const mostLeaving = 64;
const leaveMs = 1000;

/** Sockets that answer requests. */
export interface AgentServer {
  /** Whether clients wait for an answer, or somebody else listens at one of the places. */
  readonly isBusy: boolean;
  /** Listens again where a socket has vanished. False when others listen at all of the places: nobody comes here any more. */
  lookAfter(): Promise<boolean>;
  /** Takes no new connections, removes the sockets, and gives those that wait for an answer the time to get it. */
  close(): Promise<void>;
}

interface ListenOptions {
  readonly deadlines?: ClientDeadlines | undefined;
  /** Who else may connect. */
  readonly sharing?: Sharing | undefined;
  /** Whether to take the place of the agent that listens there. */
  readonly takesOver?: boolean | undefined;
}

/**
 * Listens on UNIX sockets that only their owner can use (0600): at the first path in any case, at the others if possible.
 *
 * Rejects with `SocketTaken` if somebody listens at one of them, and with the reason if the first cannot be had.
 */
export async function listen(
  socketPaths: readonly string[],
  handle: Handler,
  { deadlines = clientDeadlines, sharing, takesOver = false }: ListenOptions = {},
): Promise<AgentServer> {
  const connections = new Set<Socket>();
  const leaving = new Set<Socket>();
  const pending = new Set<Promise<unknown>>();
  const limit = connectionLimit();
  const tracked: Handler = (request, client) => {
    const answer = handle(request, client);
    if (!(answer instanceof Promise)) return answer;
    const ended = answer.finally(() => pending.delete(ended));
    pending.add(ended);
    return ended;
  };
  const serve = (socket: Socket) => {
    if (connections.size >= limit) return turnAway(socket, leaving, limit);
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    void serveConnection(socket, tracked, deadlines);
  };
  const files = socketPaths.map((path) => new SocketFile(path, serve, sharing));
  await claim(files, takesOver);
  return {
    get isBusy() {
      return pending.size > 0 || !files.every(({ isOurs }) => isOurs);
    },
    async lookAfter() {
      const states = await Promise.all(files.map(reclaim));
      return states.includes('ours') || !states.includes('taken');
    },
    async close() {
      const closed = Promise.all(files.map((file) => file.close()));
      // Who waits for a token still gets it; who has not finished asking is not waited for.
      await Promise.allSettled(pending);
      await setImmediate();
      const all = [...connections, ...leaving];
      for (const socket of all) socket.destroySoon();
      const farewell = setTimeout(() => {
        for (const socket of all) socket.destroy();
      }, deadlines.farewell);
      await closed;
      clearTimeout(farewell);
    },
  };
}

/** Tells a client that there are too many, and reads its request: one that cannot be written hides the answer from it. */
function turnAway(socket: Socket, leaving: Set<Socket>, limit: number): void {
  socket.on('error', () => undefined);
  const failure = { status: 'failure', error: `too many connections (${limit}); please try again later` };
  socket.end(JSON.stringify(failure));
  // In a rush, the system hands over many before anything else runs. Descriptors must not run out.
  if (leaving.size >= mostLeaving) {
    socket.destroy();
    return;
  }
  leaving.add(socket);
  socket.once('close', () => leaving.delete(socket));
  socket.once('data', () => socket.destroy()).setTimeout(leaveMs, () => socket.destroy());
}
