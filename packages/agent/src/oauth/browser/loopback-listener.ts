/** A web server that only this computer can reach, at all addresses at which a browser may look for it, or at none. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { loopbackPlace } from './redirect-uri.ts';

export class LoopbackListener {
  /** The address of its root, with its port. */
  readonly origin: string;
  readonly #servers: readonly Server[];

  private constructor(origin: string, servers: readonly Server[]) {
    this.origin = origin;
    this.#servers = servers;
  }

  /**
   * Listens at every address of this computer that the host stands for. `localhost` is two addresses, and another user
   * may own the port at one of them: browsers would send our login there. Skips an address that this computer lacks.
   *
   * @param address with port 0 takes a free port, for a host with a single address
   * @returns undefined if the port is taken at one of the addresses
   */
  static async start(address: string, handle: RequestListener): Promise<LoopbackListener | undefined> {
    const { port, addresses } = loopbackPlace(address) ?? { port: 0, addresses: [] };
    const servers: Server[] = [];
    for (const host of addresses) {
      const server = createServer((request, response) => {
        // A page of the web that made its name point here must not get further than here.
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

/** The error codes of a system without that address: IPv6 is missing, or off on this network interface. */
const ABSENT = ['EADDRNOTAVAIL', 'EAFNOSUPPORT'];

/** Gives the code of the error, if it does not listen. */
function listen(server: Server, port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host }, () => resolve(undefined));
  });
}

/** Browsers open connections that they may need later; nothing waits for those longer than a second. */
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
