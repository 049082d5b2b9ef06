import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export const DEFAULT_HOST = '127.0.0.1';

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/** Whether an address is one of those by which a machine reaches itself. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(host) || /^127\.\d+\.\d+\.\d+$/.test(host);
}

export interface Listener {
  readonly port: number;
  /** Sets the handler of requests. Earlier requests wait for it. */
  answerWith(listener: RequestListener): void;
  close(): Promise<void>;
}

/** Where to listen; see `ServerOptions`. */
export interface Address {
  readonly port?: number;
  readonly host?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
}

/**
 * Listens on the one address, or, because clients resolve `localhost` either way, on both loopback addresses. A
 * machine without IPv6 has only one of them.
 * @throws the system error if the port is taken or the address is not one of this computer
 */
export async function listen({ port = 0, host = DEFAULT_HOST, tls }: Address): Promise<Listener> {
  let answer: (listener: RequestListener) => void = () => {};
  const answering = new Promise<RequestListener>((resolve) => {
    answer = resolve;
  });
  const onRequest: RequestListener = (request, response) => {
    void answering.then((listener) => listener(request, response));
  };
  const open = (address: string, onPort: number) =>
    new Promise<Server>((resolve, reject) => {
      const server = tls === undefined ? createHttpServer(onRequest) : createHttpsServer(tls, onRequest);
      server.once('error', reject);
      server.listen({ port: onPort, host: address }, () => resolve(server));
    });

  const servers = [await open(LOOPBACK.includes(host) ? '127.0.0.1' : host, port)];
  const boundPort = portOf(servers[0]);
  if (LOOPBACK.includes(host)) {
    try {
      servers.push(await open('::1', boundPort));
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (isTaken) {
        await closeAll(servers);
        if (port === 0) return listen({ port, host, ...(tls === undefined ? {} : { tls }) });
        throw error;
      }
    }
  }
  return { port: boundPort, answerWith: answer, close: () => closeAll(servers) };
}

function portOf(server: Server | undefined): number {
  const address: AddressInfo | string | null | undefined = server?.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map((server) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    }),
  );
}
