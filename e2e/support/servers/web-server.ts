import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Sandbox } from '../computer/sandbox.ts';

/**
 * Starts a web server that ends with the sandbox.
 *
 * @param answer answers a request, and returns what a test wants to know of it
 * @returns its host with its port, and what `answer` returned, in the order of the requests
 */
export async function startServer<Noted>(
  sandbox: Sandbox,
  answer: (request: IncomingMessage, response: ServerResponse) => Noted,
): Promise<{ readonly host: string; readonly seen: readonly Noted[] }> {
  const seen: Noted[] = [];
  const server = createServer((request, response) => seen.push(answer(request, response)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  sandbox.onClose(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { seen, host: `127.0.0.1:${address.port}` };
}
