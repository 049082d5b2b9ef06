import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AgentError } from '@jeton/client';
import { askAgent } from '../../client/ask-agent.ts';
import { siblingCommand } from '../../terminal/sibling.ts';
import { isAgent } from '../oidc-agent/is-agent.ts';

/** The agent that tokens come from. */
export interface Agent {
  /** The environment that its clients need; empty for the agent that they find anyway. */
  readonly env: { readonly OIDC_SOCK?: string; readonly OIDCD_PID?: string };
  /** Ends the agent, if it was started here. */
  end(): void;
}

/**
 * The running agent, else a new one that other programs do not find.
 * @throws AgentError
 */
export async function findOrStartAgent(signal: AbortSignal): Promise<Agent> {
  try {
    await askAgent({ request: 'check' }, { signal });
    return { env: {}, end: () => undefined };
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== 'unreachable') throw error;
  }
  const [program, ...args] = siblingCommand('oidc-agent');
  const folder = join(process.env.TMPDIR || '/tmp', 'oidc-XXXXXX/');
  const { stdout } = await promisify(execFile)(program, [...args, `--socket-path=${folder}`, '--json']);
  const { socket, dpid } = JSON.parse(stdout);
  return { env: { OIDC_SOCK: socket, OIDCD_PID: dpid }, end: () => endProcess(Number(dpid)) };
}

function endProcess(pid: number): void {
  try {
    if (isAgent(pid)) process.kill(pid);
  } catch {
    // The agent has already ended.
  }
}
