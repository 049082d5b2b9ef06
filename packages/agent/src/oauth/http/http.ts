import { allowInsecureRequests, customFetch } from 'oauth4webapi';
import packageJson from '../../../package.json' with { type: 'json' };
import { isProgramGone } from '../../files/program-gone.ts';
import { waitingFor } from '../../waiting.ts';
import { secureUrl } from '../issuer/issuer-url.ts';
import { ACCEPTED_ENCODINGS, readBody } from './body.ts';
import type { Call } from './call.ts';
import { noteDate } from './clock-skew.ts';
import { describeFailure } from './connection/unreachable.ts';
import { IssuerError, IssuerUnreachableError } from './errors.ts';

export interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  headers: Record<string, string>;
  body?: URLSearchParams | string | undefined;
}

const USER_AGENT = `jeton/${packageJson.version}`;
/** Milliseconds for the whole exchange. */
export const REQUEST_DEADLINE_MS = 30_000;

let trace: ((line: string) => void) | undefined;

/**
 * From now on passes a line for each request and its outcome to `log`: method, address without its query, status,
 * time. Never a secret.
 */
export function traceRequests(log: (line: string) => void): void {
  trace = log;
}

/**
 * Loads the modules for sending. A long-running process does this early: the first request is faster, and an upgrade
 * may delete the files.
 */
export async function prepareToSend(): Promise<void> {
  await import('./connection/connections.ts');
}

/**
 * Sends one request to an issuer and reads the whole answer. All requests of jeton go through here.
 *
 * Sends exactly once. Uses https, or http to this computer itself and to the host `insecureHttp` of the call, and proxies by `https_proxy`, `http_proxy` and
 * `no_proxy`. Never follows a redirect, which could lead credentials to another host. Accepts at most 1 MiB of answer, also
 * compressed. Keeps only the headers `content-type`, `www-authenticate` and `retry-after` of the answer.
 *
 * @throws IssuerError for an unusable answer, IssuerUnreachableError for none, or the signal's reason
 */
export async function send(address: string, request: Request, call: Call): Promise<Response> {
  if (trace === undefined) return await sendShown(address, request, call);
  const began = performance.now();
  const log = (outcome: string) =>
    trace?.(
      `${request.method} ${printable(address)}: ${outcome}, ${Math.round(performance.now() - began)} ms`,
    );
  try {
    const response = await sendShown(address, request, call);
    log(String(response.status));
    return response;
  } catch (error) {
    log(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

async function sendShown(address: string, request: Request, call: Call): Promise<Response> {
  const { host } = secureUrl(address, call.insecureHttp) ?? { host: call.issuer };
  return await waitingFor(host, sendOnce(address, request, call));
}

async function sendOnce(address: string, request: Request, call: Call): Promise<Response> {
  const { issuer, signal } = call;
  const url = secureUrl(address, call.insecureHttp);
  if (!url) throw insecure(address, issuer);
  signal?.throwIfAborted();

  const abort = new AbortController();
  const limit = (missing: string, milliseconds: number) =>
    after(milliseconds, () => abort.abort(new DeadlineError(missing, milliseconds)));
  const answered = limit('answer', call.deadline ?? REQUEST_DEADLINE_MS);
  let connected = () => {};
  const forward = () => abort.abort(signal?.reason);
  signal?.addEventListener('abort', forward, { once: true });
  let sent = false;
  const exchange = async () => {
    // undici takes 100 ms to load, which a program that only asks the agent should not spend.
    const { connections, watched, CONNECT_DEADLINE_MS } = await import('./connection/connections.ts');
    const dispatcher = watched(await connections(call), () => {
      sent = true;
      call.onSent?.();
      connected();
    });
    abort.signal.throwIfAborted();
    connected = limit('connection', CONNECT_DEADLINE_MS);
    const began = Date.now();
    const { statusCode, headers, body } = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: { ...request.headers, 'user-agent': USER_AGENT, 'accept-encoding': ACCEPTED_ENCODINGS },
      body: request.body?.toString() ?? null,
      signal: abort.signal,
    });
    noteDate(
      issuer,
      { date: header(headers, 'date'), age: header(headers, 'age') },
      { sent: began, received: Date.now() },
    );
    const encodings = headers['content-encoding'] ?? '';
    const text = await readBody(body, String(encodings), statusCode, call);
    call.onText?.(text, statusCode >= 200 && statusCode < 300);
    return answer(url, statusCode, headers, text, issuer);
  };
  // undici checks the signal only after it has a connection.
  const aborted = new Promise<never>((_resolve, reject) => {
    abort.signal.addEventListener('abort', () => reject(abort.signal.reason), { once: true });
  });
  try {
    return await Promise.race([exchange(), aborted]);
  } catch (error) {
    if (error instanceof IssuerError || error instanceof IssuerUnreachableError) throw error;
    if (isProgramGone(error)) throw error;
    if (signal?.aborted) throw signal.reason;
    throw unreachable(abort.signal.aborted ? abort.signal.reason : error, url, call, sent);
  } finally {
    answered();
    connected();
    signal?.removeEventListener('abort', forward);
  }
}

/** `send` as an option of oauth4webapi, whose own https rule is off because `send` has a finer one. */
export function transport({
  metadata: { issuer, insecureHttp },
  ...others
}: Omit<Call, 'issuer' | 'insecureHttp'> & { metadata: Pick<Call, 'issuer' | 'insecureHttp'> }) {
  const call = { ...others, issuer, insecureHttp };
  return {
    [allowInsecureRequests]: true,
    [customFetch]: (url: string, request: Request) => send(url, request, call),
  };
}

/**
 * Calls `call` after a time, unless the returned function was called before. If the process was stopped for longer, it first
 * reads an answer that has arrived meanwhile, because the answer may contain a new refresh token.
 */
function after(milliseconds: number, call: () => void): () => void {
  let next: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    next = setImmediate(call);
  }, milliseconds);
  return () => {
    clearTimeout(timer);
    clearImmediate(next);
  };
}

class DeadlineError extends Error {
  readonly code = 'DEADLINE';
  constructor(missing: string, milliseconds: number) {
    super(`no ${missing} within ${Math.ceil(milliseconds / 100) / 10} s`);
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

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** A header of an answer; several of one name count as a list. */
function header(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

function answer(url: URL, status: number, headers: Headers, text: string, issuer: string): Response {
  if (status >= 300 && status < 400) {
    const location = printable(header(headers, 'location') ?? 'nowhere');
    throw new IssuerError(`${url.origin}${url.pathname} redirects to ${location}, which is not followed`, {
      issuer,
      status,
      kind: 'untrusted',
      redirectsTo: header(headers, 'location'),
      hints: ['check the issuer URL: the redirect may name the right one'],
    });
  }
  if (status > 599)
    throw new IssuerError(`Received Http Status Code ${status}`, { issuer, status, kind: 'malformed' });
  const kept: Record<string, string> = {};
  for (const name of ['content-type', 'www-authenticate', 'retry-after']) {
    const value = header(headers, name);
    if (value !== undefined) kept[name] = value;
  }
  // A `Response` with the status 205 may have no body.
  return new Response(text === '' ? null : text, { status: status === 205 ? 200 : status, headers: kept });
}

/** A foreign address for an error text: ASCII, short, without query and fragment, which may carry secrets. */
function printable(address: string): string {
  return (address.split(/[?#]/)[0] ?? '').replace(/[^\x21-\x7e]/g, '').slice(0, 200);
}
