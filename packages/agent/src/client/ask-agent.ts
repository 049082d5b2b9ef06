/** How the programs ask the agent: as the library does, but one that is missing may be started, and one elsewhere asked. */
import type { Socket } from 'node:net';
import { AgentError, type AgentOptions } from '@jeton/client';
import type { Answer } from '@jeton/client/answer';
import { connectToAgent } from '@jeton/client/connect';
import { type ExchangeOptions, exchange, type Request } from '@jeton/client/exchange';

export interface AskOptions extends ExchangeOptions {
  /** Whether to start the agent where there is none, if the person's configuration says so (docs/oidc-agent.md); false. */
  readonly autoStart?: boolean | undefined;
  /** Whether to ask the agent at `OIDC_REMOTE_SOCK` instead, `host` or `host:port`, always encrypted; false. */
  readonly remote?: boolean | undefined;
}

let trace: ((line: string) => void) | undefined;

/** From now on each request and how it ended is told: its name, the error if there is one, the time. Nothing secret. */
export function traceRequests(tell: (line: string) => void): void {
  trace = tell;
}

/**
 * Sends one request to the agent and waits for its answer.
 *
 * @param request is sent as JSON, members in their order, those that are undefined left out
 * @throws AgentError when there is no agent, no answer, or when the answer's status is `failure`; ConfigurationError
 */
export async function askAgent(request: Request, options: AskOptions = {}): Promise<Answer> {
  if (trace === undefined) return await reachAndAsk(request, options);
  const began = performance.now();
  const told = (end: string) =>
    trace?.(`${request.request}: ${end}, ${Math.round(performance.now() - began)} ms`);
  try {
    const answer = await reachAndAsk(request, options);
    told(answer.status);
    return answer;
  } catch (error) {
    told(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

async function reachAndAsk(request: Request, { autoStart, remote, ...options }: AskOptions): Promise<Answer> {
  if (!remote) return await exchange(request, autoStart ? { ...options, connect: connectOrStart } : options);
  const { EncryptedChannel } = await import('@jeton/protocol/encryption');
  const { connectToRemoteAgent } = await import('./remote.ts');
  const channel = options.channel ?? new EncryptedChannel();
  return await exchange(request, { ...options, channel, connect: connectToRemoteAgent });
}

async function connectOrStart(options: AgentOptions): Promise<Socket> {
  try {
    return await connectToAgent(options);
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== 'unreachable') throw error;
    const { autoStart } = await import('./auto-start.ts');
    const socketPath = options.socketPath ? undefined : await autoStart();
    if (socketPath === undefined) throw error;
    return await connectToAgent({ ...options, socketPath });
  }
}
