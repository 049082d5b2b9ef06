/** The code flow as a person has it: the browser opens, comes back to this computer, or its last address is pasted here. */
import { type Authorization, beginAuthorization } from '../../oauth/code.ts';
import { IssuerError } from '../../oauth/errors.ts';
import { startRedirectServer } from '../../oauth/redirect-server.ts';
import { isCustomScheme, loopbackPort } from '../../oauth/redirect-uri.ts';
import type { Tokens } from '../../oauth/tokens.ts';
import { openBrowser } from '../../terminal/browser.ts';
import { hasDesktop } from '../../terminal/desktop.ts';
import { tell, warn } from '../../terminal/output.ts';
import { ProgramError } from '../../terminal/run.ts';
import { BrowserAnswer } from './browser-answer.ts';
import type { Options } from './command-line.ts';
import type { LoginRequest } from './login.ts';
import { hasTerminal } from './person.ts';

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
  const loopback = redirectUris.find((uri) => loopbackPort(uri) !== undefined);
  if (!options['no-webserver']) {
    warn('Could not start the http server on any of the registered redirect uris.');
    if (loopback !== undefined) tell('hint: their ports are in use; name another one: --port=PORT');
  }
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
