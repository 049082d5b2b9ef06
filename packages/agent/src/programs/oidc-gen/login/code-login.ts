/** The code flow for the user: the browser opens and returns to this computer, or the user pastes its last address here. */
import type { LoginRequest } from '../../../login/login-request.ts';
import { RedirectServer } from '../../../oauth/browser/redirect-server.ts';
import { isCustomScheme, loopbackPort } from '../../../oauth/browser/redirect-uri.ts';
import { type Authorization, beginAuthorization } from '../../../oauth/grants/code.ts';
import type { Tokens } from '../../../oauth/grants/tokens.ts';
import { IssuerError } from '../../../oauth/http/errors.ts';
import { openBrowser } from '../../../terminal/desktop/browser.ts';
import { hasDesktop } from '../../../terminal/desktop/desktop.ts';
import { inform, warn } from '../../../terminal/output.ts';
import { ProgramError } from '../../../terminal/run.ts';
import { openOnce } from '../../open-once.ts';
import { hasTerminal } from '../ask-user.ts';
import type { Options } from '../command-line.ts';
import { BrowserAnswer } from './browser-answer.ts';

/** A login that a user watches at a terminal or in windows. */
export interface ShownLogin extends LoginRequest {
  /** Called just before oidc-gen sends the user to a browser. */
  onAccepted(): void;
}

/** A login that another process will finish, with the answer that the browser gets: `oidc-gen --codeExchange`. */
export class PendingLogin {
  readonly authorization: Authorization;

  constructor(authorization: Authorization) {
    this.authorization = authorization;
  }
}

/**
 * Has the user log in with a browser on this computer, and waits for it, at most ten minutes. Ctrl-C ends it.
 * @throws ProgramError, IssuerError, IssuerUnreachableError or Interrupted
 */
export async function codeLogin(request: ShownLogin, options: Options): Promise<Tokens | PendingLogin> {
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
    : await RedirectServer.start(redirectUris, (parameters) => answer.settle(parameters));
  try {
    const redirectUri = server?.redirectUri ?? uriWithoutServer(redirectUris, options);
    const { url, authorization } = await beginAuthorization({
      ...request,
      redirectUri,
      customParameters: await request.customParametersFor('auth_url'),
    });
    request.onAccepted();
    inform(
      `To continue and approve the registered client visit the following URL in a Browser of your choice:\n${url}`,
    );
    const opens = !options['no-url-call'] && hasDesktop();
    if (
      server === undefined &&
      (isCustomScheme(redirectUri) || options['no-webserver'] || !hasTerminal(options))
    ) {
      explainPending(redirectUri);
      if (opens) await openOnce(url);
      return new PendingLogin(authorization);
    }
    if (opens && server !== undefined)
      void openBrowser(server.entrance(url, () => answer.giveUp(openedTwice())));
    return await answer.wait({ ...request, authorization }, options);
  } finally {
    await server?.close();
  }
}

function openedTwice(): ProgramError {
  return new ProgramError('The login was cancelled: the page that opens the browser was opened twice', [
    'a program on this computer may have found its address in the list of processes',
    'run the command again; with --no-url-call you open the browser yourself',
  ]);
}

/**
 * Chooses the redirect URI when oidc-gen has no web server. With the custom scheme the desktop brings the answer to another
 * oidc-gen. With a port at which oidc-gen does not listen, the user copies the address out of the browser. That is only for a
 * browser on another computer: one on this computer would bring the answer to the process that has the port.
 *
 * @throws ProgramError when no redirect URI is left
 */
function uriWithoutServer(redirectUris: readonly string[], options: Options): string {
  const loopback = redirectUris.find((uri) => loopbackPort(uri) !== undefined);
  const custom = options['no-scheme'] ? undefined : redirectUris.find(isCustomScheme);
  if (options['no-webserver']) return custom ?? loopback ?? withoutRedirectUri();
  const noServer = 'Could not start the http server on any of the registered redirect uris.';
  const hint = 'their ports are in use; name another one: --port=PORT';
  // Without a terminal the user cannot paste the address at which the browser ends.
  if ((hasDesktop() || !hasTerminal(options)) && custom === undefined && loopback !== undefined)
    throw new ProgramError(noServer, [hint]);
  warn(noServer);
  if (loopback !== undefined) inform(`hint: ${hint}`);
  if (hasDesktop()) return custom ?? withoutRedirectUri();
  // A user who can paste the address need not leave the program.
  return (hasTerminal(options) ? (loopback ?? custom) : (custom ?? loopback)) ?? withoutRedirectUri();
}

function withoutRedirectUri(): never {
  throw new ProgramError('No redirect_uri specified', [
    'the client needs a redirect URI of the form http://127.0.0.1:PORT or http://localhost:PORT',
  ]);
}

function explainPending(redirectUri: string): void {
  if (isCustomScheme(redirectUri)) {
    inform(
      '\nYou are using a redirect uri with a custom scheme. Your browser will redirect you to another oidc-gen instance automatically. You then can complete the account configuration generation process there.',
    );
    return;
  }
  inform(
    `\nYou have chosen to not use a webserver. You therefore have to do a manual redirect. Your browser will redirect you to '${redirectUri}' which will not succeed, because oidc-agent did not start a webserver. Copy the whole url you are being redirected to and pass it to:\noidc-gen --codeExchange='<url>'`,
  );
}
