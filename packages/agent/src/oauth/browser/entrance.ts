/**
 * The page that starts a login in a browser of this computer.
 *
 * The address that jeton starts the browser with is an argument of a process, which every user of the computer can read. So
 * it contains none of the login's secrets, only a path that works once. This page redirects the browser to the issuer and
 * sets a cookie that identifies the browser when it returns.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isOfAnotherUser } from './connection-user.ts';
import { LoopbackListener } from './loopback-listener.ts';
import { PAGE_HEADERS, page } from './redirect-page.ts';

/** Seconds for which the browser keeps the cookie. No login takes longer. */
const COOKIE_LIFETIME_SECONDS = 600;

/** The outcome of a visit. After a `second` one abandon the login: one of the two visitors has read the process list. */
type Visit = 'sent on' | 'refused' | 'second';

export class Entrance {
  /** The address that the browser opens. */
  readonly address: string;
  #wasVisited = false;
  readonly #path = `/${randomBytes(24).toString('base64url')}`;
  readonly #cookie: string;
  readonly #destination: string;

  /**
   * @param origin that of the server to which the browser returns, which has to serve this page too: a cookie is for one host
   * @param destination the address at the issuer
   */
  constructor(origin: string, destination: string) {
    this.address = `${origin}${this.#path}`;
    // A cookie is for all ports of a host: concurrent logins need different names.
    this.#cookie = `oidc-gen-${new URL(origin).port}=${randomBytes(24).toString('base64url')}`;
    this.#destination = destination;
  }

  isAt(path: string): boolean {
    return path === this.#path;
  }

  /** Answers a request for this page. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<Visit> {
    if (await isOfAnotherUser(request.socket)) {
      // This is not the browser that jeton started: the login continues without it.
      refuse(response, 'This page is only for the user who started the login.');
      return 'refused';
    }
    if (this.#wasVisited && !this.#knows(request)) {
      refuse(
        response,
        'This page works only once, and was opened before. The login was cancelled: start it again.',
      );
      return 'second';
    }
    this.#wasVisited = true;
    const cookie = `${this.#cookie}; Path=/; Max-Age=${COOKIE_LIFETIME_SECONDS}; HttpOnly; SameSite=Lax`;
    response.writeHead(302, { ...PAGE_HEADERS, location: this.#destination, 'set-cookie': cookie }).end();
    return 'sent on';
  }

  /**
   * Whether to accept an answer to the login with this request. Before the first visit of this page any browser may bring
   * the answer: the user may have opened the issuer's address elsewhere.
   */
  admits(request: IncomingMessage): boolean {
    return !this.#wasVisited || this.#knows(request);
  }

  /** Whether this is the browser that the page redirected. */
  #knows({ headers: { cookie = '' } }: IncomingMessage): boolean {
    const expected = Buffer.from(this.#cookie);
    return cookie.split('; ').some((one) => {
      const given = Buffer.from(one);
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
  }
}

/**
 * Serves the page on a server of its own, for a login whose redirect does not go to a web server of jeton. Undefined if no
 * port is free.
 */
export async function startEntrance(
  destination: string,
): Promise<{ address: string; visited: Promise<void>; close: () => Promise<void> } | undefined> {
  let visit = () => {};
  const visited = new Promise<void>((resolve) => {
    visit = resolve;
  });
  let entrance: Entrance | undefined;
  const listener = await LoopbackListener.start('http://127.0.0.1:0', async (request, response) => {
    if (entrance?.isAt(request.url ?? '') !== true) refuse(response, 'There is nothing here.');
    else if ((await entrance.answer(request, response)) === 'sent on') visit();
  });
  if (listener === undefined) return undefined;
  entrance = new Entrance(listener.origin, destination);
  return { address: entrance.address, visited, close: () => listener.close() };
}

function refuse(response: ServerResponse, why: string): void {
  response.writeHead(403, PAGE_HEADERS).end(page('This did not work', why, true));
}
