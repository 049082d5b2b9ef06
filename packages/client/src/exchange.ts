/**
 * One request and one answer: a JSON object each, one connection, the agent closes it after its answer. In plaintext, or
 * through an encrypted channel. See docs/protocol.md.
 */
import { connect, type Socket } from 'node:net';
import { checkSocketPath, socketPath as defaultSocketPath } from '@jeton/protocol/socket-path';
import { AgentError, codeOfText, hintsFor, NO_RESPONSE, START_AGENT } from './agent-error.ts';
import { type Answer, infoOf, parseAnswer } from './answer.ts';

export interface Request {
  readonly request: string;
  readonly [member: string]: unknown;
}

/** The encrypted form of the protocol: `EncryptedChannel` of @jeton/protocol/encryption. A fresh one for each exchange. */
export interface Channel {
  readonly publicKey: string;
  setPeer(publicKey: string): void;
  seal(text: string): string;
  open(message: string): string;
}

export interface ExchangeOptions {
  /** The agent's socket; by default the one that the environment names. */
  readonly socketPath?: string | undefined;
  /** Milliseconds for the whole exchange; two minutes by default. */
  readonly timeoutMs?: number | undefined;
  /** Gives up when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Encrypts the exchange, for a request that carries secrets. Given by the caller, as loading a cipher takes its time. */
  readonly channel?: Channel | undefined;
}

const PUBLIC_KEY_LENGTH = 44;

const NOT_CONNECTED = 'Could not connect to oidc-agent';

/** Refreshing may take the agent a minute, and a person needs time to answer a dialog. */
const DEFAULT_TIMEOUT_MS = 120_000;
/** Until an agent whose queue of connections is full takes one more. */
const RETRY_MS = 20;
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * Sends one request to the agent and waits for its answer.
 *
 * @param request is sent as JSON, members in their order, those that are undefined left out
 * @returns the agent's answer
 * @throws AgentError when there is no agent, no answer, or when the answer's status is `failure`
 */
export async function exchange(request: Request, options: ExchangeOptions = {}): Promise<Answer> {
  const path = pathOf(options);
  const answer = parseAnswer(await roundTrip(path, JSON.stringify(request), options));
  if (answer.status !== 'failure') return answer;
  const error = typeof answer.error === 'string' ? answer.error : 'The agent does not say why';
  const code = codeOfText(error);
  const info = infoOf(answer);
  throw new AgentError(
    code,
    error,
    info === undefined ? { hints: hintsFor(code, request.account) } : { info },
  );
}

function pathOf(options: ExchangeOptions): string {
  try {
    if (!options.socketPath) return defaultSocketPath(process.env);
    checkSocketPath(options.socketPath);
    return options.socketPath;
  } catch (cause) {
    const hints = [cause instanceof Error ? cause.message : String(cause)];
    throw new AgentError('unreachable', NOT_CONNECTED, { hints, cause });
  }
}

function roundTrip(
  path: string,
  request: string,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal, channel }: ExchangeOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let keysExchanged = channel === undefined;
    let size = 0;
    let connected = false;
    let socket: Socket;
    let retry: NodeJS.Timeout | undefined;

    const settle = (finish: () => void) => {
      clearTimeout(deadline);
      clearTimeout(retry);
      signal?.removeEventListener('abort', abort);
      socket.destroy();
      finish();
    };
    const fail = (error: AgentError) => settle(() => reject(error));
    const guarded = (step: () => void) => {
      try {
        step();
      } catch (cause) {
        fail(new AgentError('malformed', cause instanceof Error ? cause.message : String(cause), { cause }));
      }
    };
    const answered = () =>
      guarded(() => {
        const text = Buffer.concat(chunks).toString();
        // What goes wrong before there is a common key is told in plaintext.
        const answer =
          channel === undefined || text === '' || text.startsWith('{') ? text : channel.open(text);
        settle(() => resolve(answer));
      });
    const exchangeKeys = (encrypted: Channel) => {
      const received = Buffer.concat(chunks);
      if (received.length < PUBLIC_KEY_LENGTH || received.toString('latin1', 0, 1) === '{') return;
      encrypted.setPeer(received.toString('latin1', 0, PUBLIC_KEY_LENGTH));
      socket.write(encrypted.seal(request));
      chunks = [received.subarray(PUBLIC_KEY_LENGTH)];
      keysExchanged = true;
    };
    const abort = () => fail(new AgentError('aborted', 'The request was aborted', { cause: signal?.reason }));
    const deadline = setTimeout(() => fail(timeoutError(timeoutMs, connected)), timeoutMs);

    const open = () => {
      socket = connect(path);
      socket.once('connect', () => {
        connected = true;
        // In one piece, and without closing our side: the C agent reads once and answers what it got.
        socket.write(channel === undefined ? request : channel.publicKey);
      });
      socket.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) fail(new AgentError('malformed', 'The answer of the agent is too long'));
        else chunks.push(chunk);
        if (channel !== undefined && !keysExchanged) guarded(() => exchangeKeys(channel));
      });
      socket.once('end', answered);
      socket.once('error', (error: NodeJS.ErrnoException) => {
        // The system's word for a queue of connections that is full. Nothing was sent yet.
        if (error.code === 'EAGAIN' && !connected) retry = setTimeout(open, RETRY_MS);
        else if (!connected) fail(connectError(path, error));
        // An answer may come before all of the request was taken; an agent that ends may send nothing at all.
        else answered();
      });
    };

    signal?.addEventListener('abort', abort);
    open();
    if (signal?.aborted) abort();
  });
}

function connectError(path: string, cause: NodeJS.ErrnoException): AgentError {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: `there is no socket at ${path}`,
    ECONNREFUSED: `nobody listens on ${path}: the agent that made it has ended`,
    EACCES: `you have no permission for ${path}: it is another user's agent`,
  };
  const hints = [reasons[cause.code ?? ''] ?? cause.message, START_AGENT];
  return new AgentError('unreachable', NOT_CONNECTED, { hints, cause });
}

function timeoutError(timeoutMs: number, connected: boolean): AgentError {
  const seconds = `${timeoutMs / 1000} s`;
  if (!connected) {
    return new AgentError('try-again', NOT_CONNECTED, {
      hints: [`the agent took no connection within ${seconds}; try again`],
    });
  }
  return new AgentError('timeout', NO_RESPONSE, {
    hints: [
      `the agent took the request, but did not answer within ${seconds}`,
      'it may be waiting for the issuer, which can take a minute, or for you to answer a dialog; then try again',
    ],
  });
}
