/**
 * One request and one answer: a JSON object each, one connection, the agent closes it after its answer. In plaintext, or
 * through an encrypted channel. See docs/protocol.md.
 */
import type { Socket } from 'node:net';
import { AgentError } from '../agent-error.ts';
import type { AgentOptions } from '../options.ts';
import {
  codeOfFailure,
  hintsFor,
  MAY_WAIT,
  NO_REASON,
  NO_RESPONSE,
  NOT_TAKEN,
  noAnswerWithin,
  TOO_LONG,
} from './agent-texts.ts';
import { type Answer, infoOf, parseAnswer } from './answer.ts';
import { abortError, connectToAgent, DEFAULT_TIMEOUT_MS } from './connect.ts';

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

export interface ExchangeOptions extends AgentOptions {
  /** Opens the connection; by default to the agent at `socketPath` or from the environment. */
  readonly connect?: ((options: AgentOptions) => Promise<Socket>) | undefined;
  /** Encrypts the exchange, for a request that carries secrets. The caller provides it, because loading a cipher takes time. */
  readonly channel?: Channel | undefined;
}

const PUBLIC_KEY_LENGTH = 44;
export const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * Sends one request to the agent and waits for its answer.
 *
 * @param request sent as JSON, members in their order, without the undefined ones
 * @returns the agent's answer
 * @throws AgentError if no agent runs or answers, or if the answer's status is `failure`
 */
export async function exchange(request: Request, options: ExchangeOptions = {}): Promise<Answer> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, connect = connectToAgent } = options;
  const begin = performance.now();
  const socket = await connect(options);
  const left = begin + timeoutMs - performance.now();
  const answer = parseAnswer(await converse(socket, JSON.stringify(request), options, left));
  if (answer.status !== 'failure') return answer;
  const error = typeof answer.error === 'string' ? answer.error : NO_REASON;
  const code = codeOfFailure(answer.kind, error);
  const info = infoOf(answer);
  throw new AgentError(
    code,
    error,
    info === undefined ? { hints: hintsFor(code, request.account) } : { info },
  );
}

/** Sends the request and reads to the end. Destroys the socket. */
function converse(
  socket: Socket,
  request: string,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal, channel }: ExchangeOptions,
  remainingMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let keysExchanged = channel === undefined;
    let size = 0;

    const settle = (finish: () => void) => {
      clearTimeout(deadline);
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
        // The agent reports errors before the key exchange in plaintext.
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
    const abort = () => fail(abortError(signal));
    const deadline = setTimeout(() => fail(timeoutError(timeoutMs)), remainingMs);

    signal?.addEventListener('abort', abort);
    if (signal?.aborted) return abort();
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) fail(new AgentError('malformed', TOO_LONG));
      else chunks.push(chunk);
      if (channel !== undefined && !keysExchanged) guarded(() => exchangeKeys(channel));
    });
    socket.once('end', answered);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' && size === 0) fail(notTakenError());
      // An answer may come before all of the request was taken; an agent that ends may send nothing at all.
      else answered();
    });
    // In one write, and without closing our side: the C agent reads once and answers that.
    socket.write(channel === undefined ? request : channel.publicKey);
  });
}

function timeoutError(timeoutMs: number): AgentError {
  return new AgentError('timeout', NO_RESPONSE, {
    hints: [noAnswerWithin(timeoutMs / 1000), MAY_WAIT],
  });
}

/** The error for an agent with so many clients that it cannot even read the requests of those that it refuses. */
function notTakenError(): AgentError {
  return new AgentError('try-again', NO_RESPONSE, { hints: [NOT_TAKEN] });
}
