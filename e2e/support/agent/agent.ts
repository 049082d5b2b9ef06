import type { Suite } from '../computer/programs.ts';
import type { Sandbox } from '../computer/sandbox.ts';
import { commandLineOf, endProcess, processesOf } from '../processes.ts';

export interface RunningAgent {
  readonly socket: string;
  readonly pid: number;
  /** The socket for the group's members, of an agent with a group. */
  readonly groupSocket: string;
}

/**
 * Starts an agent of its own and puts it into the sandbox's environment, as `eval $(oidc-agent)` does. It ends with the
 * sandbox.
 *
 * The C agent prints its lines before it listens: this waits until it answers.
 */
export async function startAgent(
  sandbox: Sandbox,
  { suite = 'ours', args = [] }: { suite?: Suite; args?: readonly string[] } = {},
): Promise<RunningAgent> {
  // Without -a, our agent would be the one that all shells share, and there can be only one of those. The C agent always has its own.
  const own = suite === 'ours' && !args.includes('-a') ? ['-a', `${sandbox.env.TMPDIR}/oidc-XXXXXX/`] : [];
  const { stdout, stderr } = await sandbox.run('oidc-agent', [...own, ...args, '--json'], { suite });
  const {
    socket,
    dpid,
    group_socket: groupSocket = '',
  } = JSON.parse(stdout || `{"error":${JSON.stringify(stderr)}}`);
  const pid = Number(dpid);
  if (!Number.isInteger(pid)) throw new Error(`oidc-agent did not start: ${stdout}${stderr}`);
  Object.assign(sandbox.env, { OIDC_SOCK: socket, OIDCD_PID: dpid });
  sandbox.onClose(() => endProcess(pid));
  for (let tries = 0; suite === 'c' && tries < 100; tries += 1) {
    const { code } = await sandbox.run('oidc-add', ['-a'], { suite });
    if (code === 0) break;
  }
  return { socket, pid, groupSocket };
}

/** The processes of the agents that were started in a sandbox. */
export function agentsOf({ folder }: Sandbox): number[] {
  return processesOf(folder).filter((pid) => commandLineOf(pid).startsWith('oidc-agent'));
}
