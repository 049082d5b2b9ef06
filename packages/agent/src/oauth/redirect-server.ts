/** The web server that a browser comes back to after a login (RFC 8252 7.3): on the loopback interface, for one answer. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { PAGE_HEADERS, page } from './redirect-page.ts';
import { loopbackPort } from './redirect-uri.ts';

export interface RedirectServer {
  /** The redirect URI at which it listens. */
  readonly redirectUri: string;
  /** Ends it; what is being answered is answered first. */
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1 at the first of the redirect URIs whose port is free.
 *
 * @param onAnswer gets the query of each request for that address, settles it, and says whether it was the answer that is
 *   waited for; what it throws is shown to the person as a sentence
 * @returns undefined when none of the ports can be had
 */
export async function startRedirectServer(
  redirectUris: readonly string[],
  onAnswer: (answer: URLSearchParams) => Promise<void>,
): Promise<RedirectServer | undefined> {
  for (const redirectUri of redirectUris) {
    const port = loopbackPort(redirectUri);
    if (port === undefined) continue;
    const { pathname } = new URL(redirectUri);
    const server = createServer((request, response) => {
      const target = request.url ?? '/';
      const url = URL.canParse(target, redirectUri) ? new URL(target, redirectUri) : undefined;
      // A page of the web that found this port must not get further than here.
      const isForUs = request.method === 'GET' && isLoopbackHost(request.headers.host);
      if (isForUs && url?.pathname === pathname) void answer(url.searchParams, onAnswer, response);
      else send(response, 404, page('Nothing here', 'Only the answer to a login is expected here.', true));
    });
    if (await listens(server, port)) return { redirectUri, close: () => closed(server) };
  }
  return undefined;
}

async function answer(
  parameters: URLSearchParams,
  onAnswer: (answer: URLSearchParams) => Promise<void>,
  response: ServerResponse,
): Promise<void> {
  try {
    await onAnswer(parameters);
    const done = 'You are logged in. Close this page and go back to your terminal.';
    send(response, 200, page('Login complete', done));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    send(response, 400, page('This did not work', why, true));
  }
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, PAGE_HEADERS).end(body);
}

function isLoopbackHost(host: string | undefined): boolean {
  return /^(localhost|127\.0\.0\.1)(:\d+)?$/.test(host ?? '');
}

function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => resolve(true));
  });
}

/** Browsers open connections that they may need later; nobody waits for those longer than a second. */
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
