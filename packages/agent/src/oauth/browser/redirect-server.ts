/** The web server to which a browser returns after a login (RFC 8252 7.3): on the loopback interface, for one answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Entrance } from './entrance.ts';
import { LoopbackListener } from './loopback-listener.ts';
import { PAGE_HEADERS, page } from './redirect-page.ts';
import { isLiteralAddress } from './redirect-uri.ts';

/** Gets the query of the redirect. Throws an error with a sentence for the user if it is no answer to this login. */
type OnAnswer = (answer: URLSearchParams) => Promise<void>;

export class RedirectServer {
  /** The redirect URI at which it listens. */
  readonly redirectUri: string;
  readonly #onAnswer: OnAnswer;
  #listener: LoopbackListener | undefined;
  #entrance: { readonly page: Entrance; readonly onSecondVisit: () => void } | undefined;

  private constructor(redirectUri: string, onAnswer: OnAnswer) {
    this.redirectUri = redirectUri;
    this.#onAnswer = onAnswer;
  }

  /**
   * Listens at the first of the redirect URIs whose port is free. Tries those with a literal address first, because a
   * browser may resolve `localhost` to something other than this computer (RFC 8252 8.3).
   *
   * @returns undefined if none of the ports is free
   */
  static async start(
    redirectUris: readonly string[],
    onAnswer: OnAnswer,
  ): Promise<RedirectServer | undefined> {
    const literal = redirectUris.filter(isLiteralAddress);
    for (const redirectUri of new Set([...literal, ...redirectUris])) {
      const server = new RedirectServer(redirectUri, onAnswer);
      server.#listener = await LoopbackListener.start(redirectUri, (request, response) => {
        void server.#handle(request, response);
      });
      if (server.#listener !== undefined) return server;
    }
    return undefined;
  }

  /**
   * The address to start a browser of this computer with, instead of the address at the issuer. After the first visit the
   * server accepts answers from that browser only.
   *
   * @param onSecondVisit called when another browser visits the address as well
   */
  entrance(destination: string, onSecondVisit: () => void): string {
    const page = new Entrance(new URL(this.redirectUri).origin, destination);
    this.#entrance = { page, onSecondVisit };
    return page.address;
  }

  /** Closes the server after it has answered the requests in progress. */
  async close(): Promise<void> {
    await this.#listener?.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '/';
    const url = URL.canParse(target, this.redirectUri) ? new URL(target, this.redirectUri) : undefined;
    const path = request.method === 'GET' ? url?.pathname : undefined;
    if (url !== undefined && path === new URL(this.redirectUri).pathname) {
      await this.#answer(url.searchParams, request, response);
    } else if (path !== undefined && this.#entrance?.page.isAt(path)) {
      const visit = await this.#entrance.page.answer(request, response);
      if (visit === 'second') this.#entrance.onSecondVisit();
    } else {
      send(response, 404, page('Nothing here', 'Only the answer to a login is expected here.', true));
    }
  }

  async #answer(answer: URLSearchParams, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (this.#entrance?.page.admits(request) === false) throw new Error(ANOTHER_BROWSER);
      await this.#onAnswer(answer);
      const done = 'You are logged in. Close this page and go back to your terminal.';
      send(response, 200, page('Login complete', done));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      send(response, 400, page('This did not work', why, true));
    }
  }
}

const ANOTHER_BROWSER =
  'The login goes on in the browser window that was opened for it. To log in with this browser instead, paste the address of this page in the terminal.';

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, PAGE_HEADERS).end(body);
}
