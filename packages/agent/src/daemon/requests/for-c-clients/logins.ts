/** Logins in progress in a browser, which wait for the user. */
import { randomBytes } from 'node:crypto';
import { errorTexts } from '@jeton/protocol';
import type { Account } from '../../../accounts/account.ts';
import type { FileAccess } from '../../../accounts/shared/shared-account-file.ts';
import { type Clock, systemClock } from '../../../concurrency/clock.ts';
import type { LoginRequest } from '../../../login/login-request.ts';
import { RedirectServer } from '../../../oauth/browser/redirect-server.ts';
import { isCustomScheme, loopbackPort } from '../../../oauth/browser/redirect-uri.ts';
import { type Authorization, beginAuthorization, redeemCode } from '../../../oauth/grants/code.ts';
import type { Tokens } from '../../../oauth/grants/tokens.ts';
import { IssuerError } from '../../../oauth/http/errors.ts';
import { RequestFailure } from '../../failure.ts';

/** Seconds after which the agent drops an unfinished login. */
const LOGIN_LIFETIME_SECONDS = 3600;

/** The parameters of a login. */
export interface Wanted {
  readonly account: Account;
  /** The key or password for its file. */
  readonly access: FileAccess;
  readonly request: LoginRequest;
  /** The client requests only an access token. */
  readonly onlyToken: boolean;
  /** The account is one that is held. */
  readonly renews?: boolean;
  /** Whether the agent asks its owner before a client gets the result of the login. */
  readonly confirm?: boolean;
}

/** The result of a login. */
export interface Outcome {
  readonly wanted: Wanted;
  readonly tokens: Tokens;
}

interface CodeLogin extends Wanted {
  readonly authorization: Authorization;
  server: RedirectServer | undefined;
  outcome: Promise<Outcome> | undefined;
  taken: boolean;
}

/** Holds the accounts of finished logins. */
export interface Holder {
  /**
   * @throws while the agent is locked: it could not encrypt the tokens of a login, as it does not keep the password of
   * the agent lock
   */
  requireUnlocked(): void;
  /** Takes the account as soon as a login is over, before any client gets its tokens. */
  hold(outcome: Outcome): Promise<void>;
}

export class Logins {
  readonly #byState = new Map<string, CodeLogin>();
  readonly #clock: Clock;
  readonly #socketPath: string;
  readonly #holder: Holder;

  /**
   * @param socketPath becomes part of `state`, by which `oidc-gen --codeExchange` finds the agent
   */
  constructor(socketPath: string, holder: Holder, clock: Clock = systemClock) {
    this.#socketPath = socketPath;
    this.#holder = holder;
    this.#clock = clock;
  }

  /** Whether a login waits for the user, or for the client that started it. */
  get isBusy(): boolean {
    return [...this.#byState.values()].some(({ taken }) => !taken);
  }

  /**
   * Starts a login in a browser. The browser returns to our server at one of the redirect URIs, or a client sends the
   * redirect address with `code_exchange`.
   * @throws IssuerError of kind `unsupported` if no redirect URI can be used; else as `beginAuthorization`
   */
  async beginCode(
    wanted: Wanted,
    { webserver, scheme }: { webserver: boolean; scheme: boolean },
  ): Promise<{ uri: string; state: string }> {
    const { redirectUris } = wanted.request;
    let state = '';
    const server = webserver
      ? await RedirectServer.start(redirectUris, async (answer) => {
          if (answer.get('state') !== state) throw new RequestFailure('wrong state');
          await this.finish(state, answer).catch((error: unknown) => {
            const isLocked = error instanceof RequestFailure && error.message === errorTexts.agentLocked;
            throw isLocked ? new Error(UNLOCK) : error;
          });
        })
      : undefined;
    const custom = scheme ? redirectUris.find(isCustomScheme) : undefined;
    const loopback = redirectUris.find((uri) => loopbackPort(uri) !== undefined);
    // If another process has the port, the browser would bring the answer to that process.
    const redirectUri = server?.redirectUri ?? custom ?? (webserver ? undefined : loopback);
    if (redirectUri === undefined) {
      const { issuer } = wanted.request.metadata;
      throw new IssuerError(loopback === undefined ? 'No redirect_uri specified' : NO_PORT, {
        issuer,
        kind: 'unsupported',
      });
    }
    state = this.#newState(redirectUri, wanted.onlyToken);
    try {
      const { url, authorization } = await beginAuthorization({
        ...wanted.request,
        redirectUri,
        state,
        customParameters: await wanted.request.customParametersFor('auth_url'),
      });
      this.#byState.set(state, { ...wanted, authorization, server, outcome: undefined, taken: false });
      this.#clock.after(LOGIN_LIFETIME_SECONDS, () => this.#forget(state));
      return { uri: url, state };
    } catch (error) {
      await server?.close();
      throw error;
    }
  }

  /**
   * Finishes a login with the parameters of the browser's redirect. Ignores a second redirect of the same login. While
   * the agent is locked, the code stays unused: the user can reload the page after unlocking the agent.
   * @throws RequestFailure for an unknown state or while the agent is locked; IssuerError or IssuerUnreachableError if
   * the issuer gives no tokens
   */
  async finish(state: string, answer: URLSearchParams): Promise<Outcome> {
    const login = this.#byState.get(state);
    if (login === undefined) throw new RequestFailure('wrong state');
    this.#holder.requireUnlocked();
    login.outcome ??= this.#redeem(login, answer);
    return await login.outcome;
  }

  /** The outcome of a login: `undefined` while it is pending, `taken` if a client already has it. */
  async result(state: string): Promise<Outcome | 'taken' | undefined> {
    const login = this.#byState.get(state);
    if (login?.taken) return 'taken';
    const outcome = await login?.outcome?.catch(() => undefined);
    return login?.taken ? 'taken' : outcome;
  }

  /** Takes the outcome of a login, for one client. False if another client has taken it. */
  async take(state: string): Promise<boolean> {
    const login = this.#byState.get(state);
    if (login === undefined || login.taken) return false;
    login.taken = true;
    await this.endServer(state);
    return true;
  }

  /** Ends the server that waits for a browser. */
  async endServer(state: string): Promise<void> {
    const login = this.#byState.get(state);
    const server = login?.server;
    if (login !== undefined) login.server = undefined;
    await server?.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byState.keys()].map((state) => this.endServer(state)));
  }

  async #redeem(login: CodeLogin, answer: URLSearchParams): Promise<Outcome> {
    const tokens = await redeemCode({
      ...login.request,
      authorization: login.authorization,
      answer,
      customParameters: await login.request.customParametersFor('code-exchange'),
    });
    const outcome = { wanted: login, tokens };
    await this.#holder.hold(outcome);
    return outcome;
  }

  #forget(state: string): void {
    void this.endServer(state);
    this.#byState.delete(state);
  }

  /** Has the format of the C suite, whose oidc-gen reads from it the agent and the form of the redirect URI. */
  #newState(redirectUri: string, onlyToken: boolean): string {
    const path = Buffer.from(this.#socketPath);
    const slash = redirectUri.endsWith('/') ? 1 : 0;
    const random = randomBytes(18).toString('base64url');
    return `${slash}:${onlyToken ? 1 : 0}${random}:${path.length}:${path.toString('base64url')}`;
  }
}

const UNLOCK = 'The agent is locked. Unlock it (oidc-add --unlock), then load this page again.';
const NO_PORT = 'Could not start the http server on any of the registered redirect uris.';
