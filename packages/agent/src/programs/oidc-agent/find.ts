/** Finds the agent that runs already. */
import { dirname, join } from 'node:path';
import { AgentError } from '@jeton/client';
import type { SocketPlaces } from '@jeton/protocol/socket-path';
import { askAgent } from '../../client/ask-agent.ts';
import { isListening } from '../../daemon/socket/socket-place.ts';
import { MAX_FILE_BYTES } from '../../files/reading/limits.ts';
import { readRegular } from '../../files/reading/read-regular.ts';
import type { RunningAgent } from './start.ts';

/** Asks an agent for its process id. */
export const PROCESS_REQUEST = { request: 'check', pid: 1 } as const;

/** Milliseconds for an answer that the agent gives without an issuer. */
export const ANSWER_TIMEOUT_MS = 5000;

/** The first place at which an agent listens. */
export async function findAgent({ paths }: SocketPlaces): Promise<string | undefined> {
  for (const path of paths) if (await isListening(path)) return path;
  return undefined;
}

/**
 * The agent that listens at a path, and its process ID: from its own status, else from the file that its service has made in
 * the folder of the socket. Undefined if the agent has ended by now.
 * @throws AgentError when it takes the connection and does not answer
 */
export async function identify(socketPath: string): Promise<RunningAgent | undefined> {
  try {
    const ask = (request: Parameters<typeof askAgent>[0]) =>
      askAgent(request, { socketPath, timeoutMs: ANSWER_TIMEOUT_MS });
    // Agents of earlier versions say it in their status alone.
    const stated = statedPid(await ask(PROCESS_REQUEST)) ?? statedPid(await ask({ request: 'status_json' }));
    return { socketPath, pid: stated ?? notedPid(socketPath) };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    // The agent ended while it was asked.
    if (error.code !== 'timeout' && !(await isListening(socketPath))) return undefined;
    if (['timeout', 'try-again'].includes(error.code)) throw error;
    return { socketPath, pid: notedPid(socketPath) };
  }
}

function statedPid(answer: Awaited<ReturnType<typeof askAgent>>): number | undefined {
  const info = 'info' in answer ? answer.info : undefined;
  return typeof info === 'object' && info !== null && 'pid' in info ? pidOf(info.pid) : undefined;
}

/** The PID file of the C suite's oidc-agent-service. */
function notedPid(socketPath: string): number | undefined {
  try {
    const path = join(dirname(socketPath), 'oidc-agent.pid');
    const { bytes } = readRegular(path, { most: MAX_FILE_BYTES.configuration });
    return pidOf(Number(bytes.toString('latin1')));
  } catch {
    return undefined;
  }
}

function pidOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 1 ? value : undefined;
}
