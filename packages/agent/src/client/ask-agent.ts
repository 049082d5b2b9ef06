/** Asks the agent as the library does, but can also start a missing agent, and ask a remote one. */
import type { Socket } from 'node:net';
import { AgentError, type AgentOptions } from '@jeton/client';
import type { Answer } from '@jeton/client/conversation/answer';
import { connectToAgent } from '@jeton/client/conversation/connect';
import { type ExchangeOptions, exchange, type Request } from '@jeton/client/conversation/exchange';
import { waitingFor } from '../waiting.ts';

export interface AskOptions extends ExchangeOptions {
  /**
   * Whether to start an agent if none runs: `true` only if the user's configuration allows it (docs/oidc-agent.md), `always`
   * for a user who agrees to it; default false.
   */
  readonly autoStart?: boolean | 'always' | undefined;
  /** Whether to ask the agent at `OIDC_REMOTE_SOCK` instead, `host` or `host:port`, always encrypted; false. */
  readonly remote?: boolean | undefined;
}

let trace: ((line: string) => void) | undefined;

/**
 * From now on passes a line for each request and its outcome to `write`: its name, the error if any, the time. Never a
 * secret.
 */
export function traceRequests(write: (line: string) => void): void {
  trace = write;
}

/**
 * Sends one request to the agent and waits for its answer.
 *
 * @param request sent as JSON, members in their order, without the undefined ones
 * @throws AgentError if no agent runs or answers, or if the answer's status is `failure`; ConfigurationError
 */
export async function askAgent(request: Request, options: AskOptions = {}): Promise<Answer> {
  if (trace === undefined) return await waitingFor('the agent', reachAndAsk(request, options));
  const began = performance.now();
  const traceEnd = (end: string) =>
    trace?.(`${request.request}: ${end}, ${Math.round(performance.now() - began)} ms`);
  try {
    const answer = await waitingFor('the agent', reachAndAsk(request, options));
    traceEnd(answer.status);
    return answer;
  } catch (error) {
    traceEnd(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

async function reachAndAsk(request: Request, { autoStart, remote, ...options }: AskOptions): Promise<Answer> {
  if (!remote)
    return await exchange(
      request,
      autoStart ? { ...options, connect: connectOrStart(autoStart === 'always') } : options,
    );
  const { EncryptedChannel } = await import('@jeton/protocol/encryption');
  const { connectToRemoteAgent } = await import('./remote.ts');
  const channel = options.channel ?? new EncryptedChannel();
  return await exchange(request, { ...options, channel, connect: connectToRemoteAgent });
}

function connectOrStart(always: boolean) {
  return async (options: AgentOptions): Promise<Socket> => {
    try {
      return await connectToAgent(options);
    } catch (error) {
      if (!(error instanceof AgentError) || error.code !== 'unreachable') throw error;
      const { autoStart } = await import('./auto-start.ts');
      const socketPath = options.socketPath ? undefined : await autoStart(process.env, always);
      if (socketPath === undefined) throw error;
      return await connectToAgent({ ...options, socketPath });
    }
  };
}
