import type { AgentSettings } from '../../daemon/settings.ts';
import { runCommand } from '../run-command.ts';
import { printGroupSocket, startAttached } from './start.ts';

/**
 * `oidc-agent -- COMMAND`: runs a command with a private agent, which other programs do not find and which ends with the
 * command, even if this process is killed.
 *
 * @param quiet whether to print nothing about how to reach the agent
 * @returns the exit status of the command, as `runCommand` does
 * @throws ProgramError if the agent or the command cannot be started; SocketTaken
 */
export async function runWithAgent(
  command: readonly string[],
  settings: AgentSettings,
  quiet: boolean,
): Promise<number> {
  const agent = await startAttached(settings);
  if (!quiet) printGroupSocket(agent);
  try {
    return await runCommand(command, {
      ...process.env,
      OIDC_SOCK: agent.socketPath,
      OIDCD_PID: String(agent.pid),
    });
  } finally {
    await agent.end();
  }
}
