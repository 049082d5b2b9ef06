/** The agent that runs already. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AgentError } from '@jeton/client';
import type { SocketPlaces } from '@jeton/protocol/socket-path';
import { askAgent } from '../../client/ask-agent.ts';
import { isListening } from '../../daemon/socket/socket-place.ts';
import type { RunningAgent } from './start.ts';

/** Milliseconds for an answer that the agent gives without an issuer. */
const ANSWER_TIMEOUT_MS = 5000;

/** The first of the places at which an agent listens. */
export async function findAgent({ paths }: SocketPlaces): Promise<string | undefined> {
  for (const path of paths) if (await isListening(path)) return path;
  return undefined;
}

/**
 * The agent at a path, and its process: as it says itself, else as its service has noted beside the socket. undefined if it
 * has ended by now.
 * @throws AgentError when it takes the connection and does not answer
 */
export async function identify(socketPath: string): Promise<RunningAgent | undefined> {
  try {
    const { info } = await askAgent({ request: 'status_json' }, { socketPath, timeoutMs: ANSWER_TIMEOUT_MS });
    const stated = typeof info === 'object' && info !== null && 'pid' in info ? pidOf(info.pid) : undefined;
    return { socketPath, pid: stated ?? notedPid(socketPath) };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    // It ends while it is asked.
    if (error.code !== 'timeout' && !(await isListening(socketPath))) return undefined;
    if (['timeout', 'try-again'].includes(error.code)) throw error;
    return { socketPath, pid: notedPid(socketPath) };
  }
}

/** The C suite's oidc-agent-service makes this file. */
function notedPid(socketPath: string): number | undefined {
  try {
    return pidOf(Number(readFileSync(join(dirname(socketPath), 'oidc-agent.pid'), 'latin1').trim()));
  } catch {
    return undefined;
  }
}

function pidOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 1 ? value : undefined;
}
