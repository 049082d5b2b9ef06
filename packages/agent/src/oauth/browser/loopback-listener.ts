/** A web server for this computer only: it listens at all loopback addresses that a browser may try, or at none. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { loopbackPlace } from './redirect-uri.ts';

export class LoopbackListener {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly #servers: readonly Server[];

  private constructor(origin: string, servers: readonly Server[]) {
    this.origin = origin;
    this.#servers = servers;
  }

  /**
   * Listens at every address of the host. `localhost` has two addresses, and another user may own the port at one of them:
   * browsers would send the login there. Skips an address that this computer lacks.
   *
   * @param address port 0 stands for any free port, if the host has a single address
   * @returns undefined if the port is taken at one of the addresses
   */
  static async start(address: string, handle: RequestListener): Promise<LoopbackListener | undefined> {
    const { port, addresses } = loopbackPlace(address) ?? { port: 0, addresses: [] };
    const servers: Server[] = [];
    for (const host of addresses) {
      const server = createServer((request, response) => {
        // DNS rebinding: refuse a website whose host name resolves to this computer.
        if (loopbackPlace(`http://${request.headers.host}`) === undefined) response.writeHead(404).end();
        else handle(request, response);
      });
      const problem = await listen(server, port, host);
      if (problem === undefined) servers.push(server);
      else if (!ABSENT.includes(problem)) {
        await Promise.all(servers.map(closed));
        return undefined;
      }
    }
    const bound = servers[0]?.address();
    if (typeof bound !== 'object' || bound === null) return undefined;
    const url = new URL(address);
    url.port = String(bound.port);
    return new LoopbackListener(url.origin, servers);
  }

  /** Closes the listener after it has answered the requests in progress. */
  async close(): Promise<void> {
    await Promise.all(this.#servers.map(closed));
  }
}

/** The error codes for an address that this computer lacks: it has no IPv6, or IPv6 is off on the interface. */
const ABSENT = ['EADDRNOTAVAIL', 'EAFNOSUPPORT'];

/** Resolves with the error code if the server cannot listen. */
function listen(server: Server, port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host }, () => resolve(undefined));
  });
}

/** Resolves after at most about a second: browsers keep idle connections open. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), 1000);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
