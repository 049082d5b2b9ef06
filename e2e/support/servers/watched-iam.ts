import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { deferred } from '../../../packages/agent/test/deferred.ts';
import { type Client, defaultSettings } from '../../../packages/iam/src/clients/clients.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../../packages/iam/src/server.ts';
import type { Sandbox } from '../computer/sandbox.ts';
import { until } from '../until.ts';

/** A refresh that has come to the issuer. */
export interface Refresh {
  readonly client: string;
  /** The refresh token that came. */
  readonly sent: string;
  readonly scope: string | undefined;
  readonly audience: string | undefined;
  /** When it came, by `performance.now()`. */
  readonly arrived: number;
  /** The access token that the issuer gave for it. */
  given: string | undefined;
  /** When the answer was handed to the network. */
  answered: number | undefined;
}

/** A refresh that is kept waiting. */
export interface HeldRefresh {
  /** Resolves when it has come so far. */
  readonly arrived: Promise<void>;
  release(): void;
  /** Closes its connection instead of answering; if it has not come yet, none is kept waiting any more. */
  drop(): void;
}

/** Where a refresh is kept: before the issuer knows of it, or when the issuer has done its work. */
type Moment = 'before' | 'after';

interface Hold {
  readonly client: string;
  readonly moment: Moment;
  readonly arrive: () => void;
  readonly verdict: Promise<'release' | 'drop'>;
}

const SCOPE = 'openid offline_access storage.read:/ compute.read';

/**
 * A jeton-iam in the test's process, behind a gate that sees every refresh and can keep each of them waiting. Every account
 * has a client of its own there, which has the account's name.
 */
export class WatchedIam {
  /** In the order in which they came. */
  readonly refreshes: Refresh[] = [];
  readonly #newest = new Map<string, string>();
  readonly #iam: RunningServer;
  #holds: Hold[] = [];
  /** The clients whose requests are being answered, each as often as it has one. */
  #busy: string[] = [];

  private constructor(iam: RunningServer) {
    this.#iam = iam;
  }

  /** Ends with the sandbox. */
  static async start(
    sandbox: Sandbox,
    accounts: readonly string[],
    options: ServerOptions = {},
  ): Promise<WatchedIam> {
    const gate = createServer();
    gate.listen(0, '127.0.0.1');
    await once(gate, 'listening');
    const address = gate.address();
    if (address === null || typeof address === 'string') throw new Error('the gate does not listen');
    const issuer = `http://127.0.0.1:${address.port}/`;
    const iam = await startServer({ ...options, issuer, clients: accounts.map(publicClient) });
    sandbox.onClose(async () => {
      gate.close();
      gate.closeAllConnections();
      await iam.close();
    });
    const watched = new WatchedIam(iam);
    gate.on('request', (request, response) => void watched.#pass(request, response));
    return watched;
  }

  get issuer(): string {
    return this.#iam.issuer;
  }

  get control(): RunningServer['control'] {
    return this.#iam.control;
  }

  /** The newest refresh token that the issuer has given for an account, to any program. */
  newest(account: string): string | undefined {
    return this.#newest.get(account);
  }

  refreshesOf(account: string): Refresh[] {
    return this.refreshes.filter(({ client }) => client === account);
  }

  /**
   * Resolves when the issuer has done all that an account's programs asked for before they ended. A request that was sent
   * comes before one that is sent later.
   */
  async settled(account: string): Promise<void> {
    await fetch(`${this.issuer}.well-known/openid-configuration`);
    await until(() => !this.#busy.includes(account));
  }

  /** Keeps the next refresh of an account waiting. */
  hold(client: string, moment: Moment = 'before'): HeldRefresh {
    const arrival = deferred();
    const verdict = deferred<'release' | 'drop'>();
    const hold = { client, moment, arrive: arrival.resolve, verdict: verdict.promise };
    this.#holds.push(hold);
    return {
      arrived: arrival.promise,
      release: () => verdict.resolve('release'),
      drop: () => {
        this.#holds = this.#holds.filter((other) => other !== hold);
        verdict.resolve('drop');
      },
    };
  }

  /** Logs the test user in without a browser; gives the refresh token. */
  logIn(account: string): Promise<string> {
    return this.#refreshToken(account, {
      grant_type: 'password',
      username: 'test',
      password: 'password',
      scope: SCOPE,
    });
  }

  /** Spends a refresh token, as a program other than the agent would. @returns the next one */
  spend(account: string, refreshToken: string): Promise<string> {
    return this.#refreshToken(account, { grant_type: 'refresh_token', refresh_token: refreshToken });
  }

  async #refreshToken(account: string, form: Record<string, string>): Promise<string> {
    const body = new URLSearchParams({ ...form, client_id: account });
    const answer = await fetch(`${this.issuer}token`, { method: 'POST', body });
    if (!answer.ok) throw new Error(`${form.grant_type} for ${account}: ${await answer.text()}`);
    return JSON.parse(await answer.text()).refresh_token;
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    // Of a program that was killed half of a request may come.
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    const form = new URLSearchParams(url === '/token' ? body : '');
    const client = form.get('client_id') ?? '';
    const refresh = this.#note(client, form);
    const hold = this.#takeHold(refresh);
    this.#busy.push(client);
    try {
      if ((await heldUp(hold, 'before')) === 'drop') return void request.socket.destroy();
      const answer = await fetch(`http://127.0.0.1:${this.#iam.port}${url}`, {
        method,
        headers: { 'content-type': headers['content-type'] ?? 'text/plain' },
        body: method === 'POST' ? body : null,
      });
      const shown = await answer.text();
      const { access_token, refresh_token } = url === '/token' && answer.ok ? JSON.parse(shown) : {};
      if (refresh_token !== undefined) this.#newest.set(client, refresh_token);
      if (refresh !== undefined) refresh.given = access_token;
      if ((await heldUp(hold, 'after')) === 'drop') return void request.socket.destroy();
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(shown);
      if (refresh !== undefined) refresh.answered = performance.now();
    } finally {
      this.#busy.splice(this.#busy.indexOf(client), 1);
    }
  }

  #note(client: string, form: URLSearchParams): Refresh | undefined {
    const sent = form.get('refresh_token');
    if (sent === null) return undefined;
    const refresh = {
      client,
      sent,
      scope: form.get('scope') ?? undefined,
      audience: form.get('audience') ?? undefined,
      arrived: performance.now(),
      given: undefined,
      answered: undefined,
    };
    this.refreshes.push(refresh);
    return refresh;
  }

  #takeHold(refresh: Refresh | undefined): Hold | undefined {
    const hold = this.#holds.find(({ client }) => client === refresh?.client);
    this.#holds = this.#holds.filter((other) => other !== hold);
    return hold;
  }
}

async function heldUp(hold: Hold | undefined, moment: Moment): Promise<'release' | 'drop'> {
  if (hold?.moment !== moment) return 'release';
  hold.arrive();
  return await hold.verdict;
}

function publicClient(name: string): Client {
  return {
    ...defaultSettings,
    client_id: name,
    client_name: name,
    redirect_uris: [],
    grant_types: ['password', 'refresh_token'],
    token_endpoint_auth_method: 'none',
    scope: SCOPE,
    owners: [],
    dynamically_registered: false,
    created_at: 0,
  };
}
