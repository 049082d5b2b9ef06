import { rmdir } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { type ClientDeadlines, clientDeadlines, type Handler, serveConnection } from './connection.ts';

/** More clients at once than this are turned away with a clear error; the next ones find their place again. */
const maxConnections = 1024;
const backlog = 511;

/** A socket that answers requests. */
export interface AgentServer {
  /** Takes no new connections, removes the socket, and gives those that wait for an answer the time to get it. */
  close(): Promise<void>;
}

/**
 * Listens on a UNIX socket that only its owner can use (0600).
 *
 * Rejects with the system error, `EADDRINUSE` if the path is taken.
 */
export async function listen(
  socketPath: string,
  handle: Handler,
  deadlines: ClientDeadlines = clientDeadlines,
): Promise<AgentServer> {
  const connections = new Set<Socket>();
  const pending = new Set<Promise<unknown>>();
  const tracked: Handler = (request, gone) => {
    const answer = handle(request, gone).finally(() => pending.delete(answer));
    pending.add(answer);
    return answer;
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    if (connections.size >= maxConnections) return turnAway(socket);
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    void serveConnection(socket, tracked, deadlines);
  });
  await bind(server, socketPath);
  return {
    async close() {
      // Closing the server removes the socket's file.
      const closed = new Promise((resolve) => server.close(resolve));
      // Who waits for a token still gets it; who has not finished asking is not waited for.
      await Promise.allSettled(pending);
      await setImmediate();
      for (const socket of connections) socket.destroySoon();
      await closed;
    },
  };
}

function bind(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const umask = process.umask(0o177);
    try {
      server.listen({ path: socketPath, backlog }, resolve);
    } finally {
      process.umask(umask);
    }
  });
}

function turnAway(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  const failure = {
    status: 'failure',
    error: `too many connections (${maxConnections}); please try again later`,
  };
  socket.end(JSON.stringify(failure), () => socket.destroy());
}

/** Removes the folder that was made for a socket; another file in it keeps it. */
export async function removeSocketFolder(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined);
}
