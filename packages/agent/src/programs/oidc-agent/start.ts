import type { ChildProcess } from 'node:child_process';
import { shellQuote } from '@jeton/client/shell-quote';
import { printCjson } from '@jeton/protocol/cjson';
import { type DaemonReport, PROBLEMS } from '../../daemon/process/daemon-report.ts';
import { canSleep, handToParent, launchSleeper } from '../../daemon/process/sleeper.ts';
import { spawnDaemon } from '../../daemon/process/spawn-daemon.ts';
import type { AgentSettings } from '../../daemon/settings.ts';
import { groupSocketOf, removeSocketFolder, SocketTaken } from '../../daemon/socket/socket-place.ts';
import { inform, print, warn } from '../../terminal/output.ts';
import { ProgramError } from '../../terminal/run.ts';
import { startCommands } from './shell.ts';
import { WITHHELD_VARIABLES } from './withheld-variables.ts';

/** Only an agent that sleeps has parts that can be replaced while it runs. */
const NO_UPDATES =
  "'--restart-on-update' has no effect here: after an update, start the agent again (oidc-agent -k; eval $(oidc-agent))";

/** An agent that can be reached. */
export interface RunningAgent {
  readonly socketPath: string;
  /** Undefined if the agent does not state it. */
  readonly pid: number | undefined;
  /** The group whose members have a separate socket. Unknown for an agent that was already running. */
  readonly group?: { readonly name: string; readonly socketPath: string } | undefined;
}

function agentOf({ socketPaths: [socketPath], group }: AgentSettings, pid: number | undefined): RunningAgent {
  return {
    socketPath,
    pid,
    group: group && { name: group.name, socketPath: groupSocketOf(socketPath) },
  };
}

/**
 * Starts an agent as a separate process. It listens when the promise resolves.
 *
 * @throws SocketTaken if another process listens at one of its paths, else ProgramError
 */
export async function startInBackground(settings: AgentSettings): Promise<RunningAgent> {
  if (settings.restartOnUpdate && !canSleep(settings)) warn(NO_UPDATES);
  const daemon = await startDaemon(settings);
  daemon.unref();
  return agentOf(settings, daemon.pid);
}

/** An agent that lives as long as this process, however this process ends. */
export interface AttachedAgent extends RunningAgent {
  /** Ends it earlier, and waits until all is saved. */
  end(): Promise<void>;
}

/**
 * Starts an agent as `startInBackground` does, but only for the lifetime of this process.
 * @throws as `startInBackground`
 */
export async function startAttached(settings: AgentSettings): Promise<AttachedAgent> {
  // The agent's end of the second pipe is closed by the system when we are no more.
  const daemon = await startDaemon({ ...settings, endsWithStarter: true });
  const ended = new Promise<void>((resolve) => daemon.once('exit', () => resolve()));
  const end = () => {
    daemon.kill();
    return ended;
  };
  return { ...agentOf(settings, daemon.pid), end };
}

async function startDaemon(settings: AgentSettings): Promise<ChildProcess> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !WITHHELD_VARIABLES.includes(name)),
  );
  const furtherPipe = settings.endsWithStarter === true;
  const { process: daemon, report } = await spawnDaemon(settings, env, { furtherPipe });
  requireReady(settings, report);
  if (daemon === undefined) throw notStarted(PROBLEMS.start, 'it has no process');
  return daemon;
}

/** @throws as `startInBackground` */
function requireReady({ socketFolder }: AgentSettings, report: DaemonReport): void {
  if (report.ready) return;
  if (socketFolder !== undefined) removeSocketFolder(socketFolder);
  throw 'takenAt' in report ? new SocketTaken(report.takenAt) : notStarted(report.problem, report.error);
}

/**
 * Runs the agent in this process, until it is ended.
 * @throws as `startInBackground`
 */
export async function startInForeground(settings: AgentSettings): Promise<RunningAgent> {
  const { AgentProcess, StartFailure } = await import('../../daemon/process/agent-process.ts');
  try {
    await AgentProcess.start(settings);
  } catch (error) {
    if (settings.socketFolder !== undefined) removeSocketFolder(settings.socketFolder);
    if (error instanceof StartFailure) throw notStarted(error.problem, error.message);
    throw error;
  }
  return agentOf(settings, process.pid);
}

/**
 * Has the compiled program that started this one become the agent (docs/native.md). It listens when the promise resolves.
 * @throws as `startInBackground`
 */
export async function startInParent(settings: AgentSettings): Promise<RunningAgent> {
  const { report } = await launchSleeper(settings, async (frames) => ({ report: handToParent(frames) }));
  requireReady(settings, report);
  return agentOf(settings, process.ppid);
}

function notStarted(problem: string, reason: string): ProgramError {
  const isPlace = problem === PROBLEMS.socket;
  return new ProgramError(problem, [
    reason,
    ...(isPlace ? ['choose another place: oidc-agent --socket-path=PATH'] : []),
  ]);
}

/** Prints the commands by which a shell reaches the agent, or the same as JSON; and the socket for the members of its group. */
export function announce(
  agent: RunningAgent,
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
): void {
  const { socketPath, pid, group } = agent;
  const dpid = pid === undefined ? {} : { dpid: String(pid) };
  const members = group && { group_socket: group.socketPath };
  print(
    json ? printCjson({ socket: socketPath, ...dpid, ...members }) : startCommands(socketPath, pid, quiet),
  );
  if (!quiet) printGroupSocket(agent);
}

/** Shows the owner the variable that the members of the group have to set. */
export function printGroupSocket({ group }: RunningAgent): void {
  if (group === undefined) return;
  const { name, socketPath } = group;
  inform(
    `Members of the group '${name}' get tokens with: OIDC_SOCK=${shellQuote(socketPath)}; export OIDC_SOCK`,
  );
}
