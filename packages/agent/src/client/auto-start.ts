/** Starting the agent for a client that finds none. Loaded only then. */
import { execFile } from 'node:child_process';
import { AgentError } from '@jeton/client';
import { NOT_CONNECTED } from '@jeton/client/conversation/agent-texts';
import { stablePlaces } from '@jeton/protocol/socket-path';
import { ConfigSection } from '../config/section.ts';
import { siblingCommand } from '../terminal/sibling.ts';

const START_MS = 30_000;

/**
 * Starts the agent of all shells, if the user wants that: by `OIDC_AGENT_AUTOSTART=1`, or by `auto-start` in section
 * `oidc-agent` of the file config. Never in place of another agent that OIDC_SOCK names.
 *
 * @param always whether the user wants it in any case
 * @returns the path of its socket; undefined if it is not wanted
 * @throws AgentError when it cannot be started, ConfigurationError for a broken file
 */
export async function autoStart(
  env: Readonly<Record<string, string | undefined>> = process.env,
  always = false,
): Promise<string | undefined> {
  if (env.OIDC_SOCK && !stablePlaces(env).paths.includes(env.OIDC_SOCK)) return undefined;
  const isWanted =
    always ||
    (env.OIDC_AGENT_AUTOSTART
      ? env.OIDC_AGENT_AUTOSTART === '1'
      : new ConfigSection('oidc-agent', env).boolean('auto-start', false));
  return isWanted ? await startAgent() : undefined;
}

function startAgent(): Promise<string> {
  return new Promise((resolve, reject) => {
    const [program, ...args] = siblingCommand('oidc-agent');
    const child = execFile(
      program,
      // An agent of the C suite does not know the first option: it would make a new agent for each client.
      [...args, '--auto-start', '--json'],
      { timeout: START_MS },
      (error, stdout, stderr) => {
        const socket = error === null ? socketIn(stdout) : undefined;
        if (socket !== undefined) return resolve(socket);
        const [reason = error?.message ?? 'it did not print its socket'] = stderr.split('\n').filter(Boolean);
        const hints = [`oidc-agent could not be started: ${reason}`];
        reject(new AgentError('unreachable', NOT_CONNECTED, { hints, cause: error }));
      },
    );
    child.stdin?.end();
  });
}

function socketIn(output: string): string | undefined {
  try {
    const { socket } = JSON.parse(output);
    return typeof socket === 'string' ? socket : undefined;
  } catch {
    return undefined;
  }
}
