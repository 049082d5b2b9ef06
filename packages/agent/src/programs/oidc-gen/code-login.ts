/** The code flow as a person has it: the browser opens, comes back to this computer, or its last address is pasted here. */
import { type Authorization, beginAuthorization, redeemCode } from '../../oauth/code.ts';
import { IssuerError } from '../../oauth/errors.ts';
import { startRedirectServer } from '../../oauth/redirect-server.ts';
import { isCustomScheme, loopbackPort } from '../../oauth/redirect-uri.ts';
import type { Tokens } from '../../oauth/tokens.ts';
import { hasDesktop, openBrowser } from '../../terminal/browser.ts';
import { Interruption } from '../../terminal/interruption.ts';
import { tell, warn } from '../../terminal/output.ts';
import { ask } from '../../terminal/prompt.ts';
import { Interrupted, ProgramError } from '../../terminal/run.ts';
import type { Options } from './command-line.ts';
import type { LoginRequest } from './login.ts';
import { hasTerminal } from './person.ts';

const TIME_LIMIT_MINUTES = 10;

/** A login that another process will finish, with the answer that the browser gets: `oidc-gen --codeExchange`. */
export class PendingLogin {
  readonly authorization: Authorization;

  constructor(authorization: Authorization) {
    this.authorization = authorization;
  }
}

/**
 * Has the person log in with a browser on this computer, and waits for it, at most ten minutes. Ctrl-C ends it.
 *
 * Throws ProgramError, IssuerError, IssuerUnreachableError or Interrupted.
 */
export async function codeLogin(request: LoginRequest, options: Options): Promise<Tokens | PendingLogin> {
  const { redirectUris } = request;
  if (redirectUris.length === 0) {
    throw new IssuerError('No redirect_uri specified', {
      issuer: request.metadata.issuer,
      kind: 'unsupported',
      hints: ['name one that the client is registered with: --port=PORT or --redirect-uri=URI'],
    });
  }
  const answer = new BrowserAnswer();
  const server = options['no-webserver']
    ? undefined
    : await startRedirectServer(redirectUris, (parameters) => answer.settle(parameters));
  try {
    const redirectUri = server?.redirectUri ?? uriWithoutServer(redirectUris, options);
    const { url, authorization } = await beginAuthorization({
      ...request,
      redirectUri,
      parameters: await request.custom('auth_url'),
    });
    request.onAccepted();
    showAddress(url, options);
    if (server === undefined && (options['no-webserver'] || !hasTerminal(options))) {
      explainPending(redirectUri);
      return new PendingLogin(authorization);
    }
    return await answer.wait({ ...request, authorization }, options);
  } finally {
    await server?.close();
  }
}

/** The custom scheme comes back by itself; from a port that nobody listens at, the person has to fetch the address. */
function uriWithoutServer(redirectUris: readonly string[], options: Options): string {
  if (!options['no-webserver']) {
    warn('Could not start the http server on any of the registered redirect uris.');
  }
  const loopback = redirectUris.find((uri) => loopbackPort(uri) !== undefined);
  const custom = options['no-scheme'] ? undefined : redirectUris.find(isCustomScheme);
  // Where somebody can paste the address there is no need to leave the program.
  const uri = options['no-webserver'] || !hasTerminal(options) ? (custom ?? loopback) : (loopback ?? custom);
  if (uri !== undefined) return uri;
  throw new ProgramError('No redirect_uri specified', [
    'the client needs a redirect URI of the form http://localhost:PORT',
  ]);
}

function showAddress(url: string, options: Options): void {
  tell(
    `To continue and approve the registered client visit the following URL in a Browser of your choice:\n${url}`,
  );
  if (!options['no-url-call'] && hasDesktop()) void openBrowser(url);
}

function explainPending(redirectUri: string): void {
  if (isCustomScheme(redirectUri)) {
    tell(
      '\nYou are using a redirect uri with a custom scheme. Your browser will redirect you to another oidc-gen instance automatically. You then can complete the account configuration generation process there.',
    );
    return;
  }
  tell(
    `\nYou have chosen to not use a webserver. You therefore have to do a manual redirect. Your browser will redirect you to '${redirectUri}' which will not succeed, because oidc-agent did not start a webserver. Copy the whole url you are being redirected to and pass it to:\noidc-gen --codeExchange='<url>'`,
  );
}

type Begun = LoginRequest & { authorization: Authorization };

/** The one answer that counts, whether it comes through the web server or through the terminal. */
class BrowserAnswer {
  #begun: Begun | undefined;
  #tokens: Promise<Tokens> | undefined;
  readonly #over = new AbortController();

  /** Takes an answer. It throws why it cannot be used; a wrong `state` leaves the login open. */
  async settle(parameters: URLSearchParams): Promise<void> {
    const begun = this.#begun;
    if (begun === undefined || parameters.get('state') !== begun.authorization.state) {
      throw new Error(
        parameters.has('state') ? 'wrong state' : 'redirected uri did not contain state parameter',
      );
    }
    // A page that is loaded again must not redeem its code again.
    this.#tokens ??= redeem(begun, parameters);
    this.#tokens.catch(() => undefined).finally(() => this.#over.abort());
    await this.#tokens;
  }

  async wait(begun: Begun, options: Options): Promise<Tokens> {
    this.#begun = begun;
    const interruption = new Interruption('Interrupted. Nothing was approved, nothing is stored.');
    const limit = AbortSignal.timeout(TIME_LIMIT_MINUTES * 60_000);
    const end = AbortSignal.any([this.#over.signal, limit, interruption.signal]);
    try {
      if (hasTerminal(options)) await this.#readAddress(end);
      else await aborted(end);
      if (this.#tokens !== undefined) return await this.#tokens;
      if (interruption.signal.aborted) throw interruption.signal.reason;
      throw new ProgramError(`There was no answer from the browser within ${TIME_LIMIT_MINUTES} minutes`, [
        'run the command again; -w device works with a browser on any other device',
      ]);
    } finally {
      interruption.dispose();
    }
  }

  /** Until the login is over, what is pasted counts as what the browser would have brought. */
  async #readAddress(end: AbortSignal): Promise<void> {
    tell(
      '\nIf the browser runs on another computer, it will end at an address that it cannot open: copy that address and paste it here.',
    );
    const terminal = { input: process.stdin, output: process.stderr, signal: end };
    while (!end.aborted && this.#tokens === undefined) {
      try {
        const address = await ask('Waiting for the browser, or its last address', '', terminal);
        if (address !== '') await this.settle(answerIn(address));
      } catch (error) {
        if (end.aborted || this.#tokens !== undefined) return;
        if (!(error instanceof Error) || error instanceof Interrupted) throw error;
        warn(error.message);
      }
    }
  }
}

async function redeem(begun: Begun, answer: URLSearchParams): Promise<Tokens> {
  return await redeemCode({ ...begun, answer, parameters: await begun.custom('code-exchange') });
}

/** The parameters of an address that a browser was sent to. */
export function answerIn(address: string): URLSearchParams {
  return URL.canParse(address) ? new URL(address).searchParams : new URLSearchParams();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
