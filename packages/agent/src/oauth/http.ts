import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { allowInsecureRequests, customFetch } from 'oauth4webapi';
import type { Dispatcher } from 'undici';
import packageJson from '../../package.json' with { type: 'json' };
import { IssuerError, IssuerUnreachableError } from './errors.ts';
import { secureUrl } from './issuer-url.ts';
import { describeFailure } from './unreachable.ts';

/** Whom a request goes to and how long it may take: the part that all steps have in common. */
export interface Call {
  /** The issuer that a failure is reported for. */
  issuer: string;
  /** The PEM file with the certification authorities to trust instead of the system's. */
  certPath?: string | undefined;
  /** Ends the request early; it then fails with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds for the whole exchange, 30 s when absent. */
  deadline?: number | undefined;
}

export interface Request {
  method: string;
  headers: Record<string, string>;
  body?: URLSearchParams | string | undefined;
}

const USER_AGENT = `jeton/${packageJson.version}`;
const CONNECT_TIMEOUT = 5_000;
const DEADLINE = 30_000;
const MAX_BODY = 1024 * 1024;

/** Where systems keep the certificates that they trust, in the order in which oidc-agent looks. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/ssl/cert.pem',
  '/etc/ca-certificates/cert.pem',
];

/**
 * Sends one request to an issuer and reads the whole answer: the one way out of this program.
 *
 * Sends exactly once. https, or http to this computer itself; proxies as `https_proxy`, `http_proxy` and `no_proxy` say;
 * redirects are never followed, since they would carry credentials to a stranger; at most 1 MiB of answer.
 * Of the answer's headers only `content-type` and `www-authenticate` are kept.
 *
 * Throws `IssuerError` for an answer that cannot be used, `IssuerUnreachableError` for none, or the signal's reason.
 */
export async function send(address: string, request: Request, call: Call): Promise<Response> {
  const { issuer, signal } = call;
  const url = secureUrl(address);
  if (!url) throw insecure(address, issuer);
  signal?.throwIfAborted();

  const abort = new AbortController();
  const deadline = call.deadline ?? DEADLINE;
  const timer = setTimeout(() => abort.abort(new DeadlineError(deadline)), deadline);
  const forward = () => abort.abort(signal?.reason);
  signal?.addEventListener('abort', forward, { once: true });
  let sent = false;
  try {
    const dispatcher = watched(await connections(call), () => {
      sent = true;
    });
    const { statusCode, headers, body } = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method === 'GET' || request.method === 'DELETE' ? request.method : 'POST',
      headers: { ...request.headers, 'user-agent': USER_AGENT },
      body: request.body?.toString() ?? null,
      signal: abort.signal,
    });
    const text = await readBody(body, call);
    return answer(url, statusCode, headers, text, issuer);
  } catch (error) {
    if (error instanceof IssuerError || error instanceof IssuerUnreachableError) throw error;
    if (signal?.aborted) throw signal.reason;
    throw unreachable(abort.signal.aborted ? abort.signal.reason : error, url, call, sent);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', forward);
  }
}

/** `send` in the form in which oauth4webapi takes it. Its own https rule is off because `send` has a finer one. */
export function transport(call: Call) {
  return {
    [allowInsecureRequests]: true,
    [customFetch]: (url: string, request: Request) => send(url, request, call),
  };
}

class DeadlineError extends Error {
  readonly code = 'DEADLINE';
  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds / 1000} s`);
  }
}

function insecure(address: string, issuer: string): IssuerError {
  return new IssuerError(`refusing to talk to ${printable(address)}: only https is secure`, {
    issuer,
    kind: 'untrusted',
    hints: ['plain http is only accepted for localhost, 127.0.0.1 and [::1]'],
  });
}

function unreachable(error: unknown, { host }: URL, call: Call, sent: boolean): IssuerUnreachableError {
  const { reason, certificate, hints } = describeFailure(error);
  const what = certificate ? 'error with ssl cert' : 'could not connect to url';
  return new IssuerUnreachableError(`${what}: ${host}: ${reason}`, {
    issuer: call.issuer,
    reason,
    sent,
    hints,
  });
}

async function readBody(body: AsyncIterable<Uint8Array>, { issuer }: Call): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    // Leaving the loop destroys the connection.
    if (size > MAX_BODY)
      throw new IssuerError('the answer is larger than 1 MiB', { issuer, kind: 'malformed' });
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function answer(
  url: URL,
  status: number,
  headers: Record<string, string | string[] | undefined>,
  text: string,
  issuer: string,
): Response {
  const header = (name: string) => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  if (status >= 300 && status < 400) {
    const location = printable(header('location') ?? 'nowhere');
    throw new IssuerError(`${url.origin}${url.pathname} redirects to ${location}, which is not followed`, {
      issuer,
      status,
      kind: 'untrusted',
      hints: ['check the issuer URL: the redirect may name the right one'],
    });
  }
  if (status > 599)
    throw new IssuerError(`Received Http Status Code ${status}`, { issuer, status, kind: 'malformed' });
  const kept: Record<string, string> = {};
  for (const name of ['content-type', 'www-authenticate']) {
    const value = header(name);
    if (value !== undefined) kept[name] = value;
  }
  return new Response(text === '' ? null : text, { status, headers: kept });
}

/** A foreign address for an error text: ASCII, short, without query and fragment, which may carry secrets. */
function printable(address: string): string {
  return (address.split(/[?#]/)[0] ?? '').replace(/[^\x21-\x7e]/g, '').slice(0, 200);
}

interface Connections {
  /** The bundle's time of change, so that a renewed bundle counts at once; undefined without a bundle. */
  changed: number | undefined;
  dispatcher: Dispatcher;
}
const connectionsByBundle = new Map<string, Connections>();

/** The open connections of everyone who trusts the same certificates; undici keeps them alive per host. */
async function connections({ certPath, issuer }: Call): Promise<Dispatcher> {
  // A standard bundle's path, as older accounts carry it, means "the system's", also on another system.
  const own = certPath !== undefined && certPath !== '' && !SYSTEM_BUNDLES.includes(certPath);
  const bundle = own ? certPath : SYSTEM_BUNDLES.find((path) => existsSync(path));
  try {
    const changed = bundle === undefined ? undefined : (await stat(bundle)).mtimeMs;
    const known = connectionsByBundle.get(bundle ?? '');
    if (known && known.changed === changed) return known.dispatcher;
    // One context for all connections: parsing a bundle of 140 certificates each time would cost tens of milliseconds.
    const context =
      bundle === undefined ? {} : { secureContext: createSecureContext({ ca: await readFile(bundle) }) };
    const { EnvHttpProxyAgent } = await import('undici');
    const dispatcher = new EnvHttpProxyAgent({
      connect: { timeout: CONNECT_TIMEOUT, ...context },
      requestTls: { timeout: CONNECT_TIMEOUT, ...context },
    });
    connectionsByBundle.set(bundle ?? '', { changed, dispatcher });
    return dispatcher;
  } catch (error) {
    const reason = `cannot read the certificates in ${bundle}: ${error instanceof Error ? error.message : error}`;
    throw new IssuerUnreachableError(`error with ssl cert: ${reason}`, {
      issuer,
      reason,
      sent: false,
      hints: ['name a PEM file with the certification authorities to trust: --cp FILE'],
    });
  }
}

/** The same connections, telling when a request starts to be written: until then it may be sent again. */
function watched(dispatcher: Dispatcher, started: () => void): Dispatcher {
  return dispatcher.compose(
    (dispatch) => (options, handler) =>
      dispatch(options, {
        onRequestStart(controller, context) {
          started();
          handler.onRequestStart?.(controller, context);
        },
        onResponseStart: (...event) => handler.onResponseStart?.(...event),
        onResponseData: (...event) => handler.onResponseData?.(...event),
        onResponseEnd: (...event) => handler.onResponseEnd?.(...event),
        onResponseError: (...event) => handler.onResponseError?.(...event),
      }),
  );
}
