/** Connects to an agent: at the first place at which one listens. */
import { connect, type Socket } from 'node:net';
import { socketPlaces } from '@jeton/protocol/socket-path';
import { AgentError } from '../agent-error.ts';
import type { AgentOptions } from '../options.ts';
import { NOT_CONNECTED, noConnectionWithin, START_AGENT } from './agent-texts.ts';

/** Refreshing may take the agent a minute, and the user needs time to answer a dialog. */
export const DEFAULT_TIMEOUT_MS = 330_000;

/** Milliseconds before the next attempt to connect to an agent whose queue of connections is full. */
const RETRY_MS = 20;

/**
 * Connects to the agent. The caller destroys the socket.
 *
 * @throws AgentError `unreachable` if no agent listens, with a hint for each place; `try-again` if the agent accepts no
 * connection in time; `aborted`
 */
export function connectToAgent({
  socketPath,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  signal,
}: AgentOptions): Promise<Socket> {
  const { paths, objections } = socketPlaces(socketPath ? { OIDC_SOCK: socketPath } : process.env);
  return new Promise((resolve, reject) => {
    const reasons = [...objections];
    let socket: Socket | undefined;
    let retry: NodeJS.Timeout | undefined;

    const settle = (finish: () => void) => {
      clearTimeout(deadline);
      clearTimeout(retry);
      signal?.removeEventListener('abort', abort);
      finish();
    };
    const fail = (error: AgentError) =>
      settle(() => {
        socket?.destroy();
        reject(error);
      });
    const abort = () => fail(abortError(signal));
    const deadline = setTimeout(() => fail(busyError(timeoutMs)), timeoutMs);

    const open = (index: number) => {
      const path = paths[index];
      if (path === undefined) return fail(unreachableError(reasons, paths.length > 0));
      const failed = (error: NodeJS.ErrnoException) => {
        // The system reports a full queue of connections this way. Nothing was sent yet.
        if (error.code === 'EAGAIN') {
          retry = setTimeout(open, RETRY_MS, index);
        } else {
          reasons.push(reasonOf(path, error));
          open(index + 1);
        }
      };
      const candidate = begin(path, failed);
      if (candidate === undefined) return;
      socket = candidate;
      candidate.once('error', failed);
      candidate.once('connect', () => {
        candidate.off('error', failed);
        settle(() => resolve(candidate));
      });
    };

    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    else open(0);
  });
}

/**
 * Starts to connect; not by `connect(path)`, which takes a number for a port. Fails at once if Deno denies the
 * permission.
 */
function begin(path: string, failed: (error: Error) => void): Socket | undefined {
  try {
    return connect({ path });
  } catch (error) {
    failed(error instanceof Error ? error : new Error(String(error)));
    return undefined;
  }
}

export function abortError(signal: AbortSignal | undefined): AgentError {
  return new AgentError('aborted', 'The request was aborted', { cause: signal?.reason });
}

function reasonOf(path: string, { code, message }: NodeJS.ErrnoException): string {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: `there is no socket at ${path}`,
    ECONNREFUSED: `no agent listens on ${path}: the agent that created it has ended`,
    EACCES: `you have no permission for ${path}: it is another user's agent`,
  };
  return reasons[code ?? ''] ?? message;
}

function unreachableError(reasons: readonly string[], canBeStarted: boolean): AgentError {
  return new AgentError('unreachable', NOT_CONNECTED, {
    hints: canBeStarted ? [...reasons, START_AGENT] : reasons,
  });
}

function busyError(timeoutMs: number): AgentError {
  return new AgentError('try-again', NOT_CONNECTED, { hints: [noConnectionWithin(timeoutMs / 1000)] });
}
