import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { printCjson } from '@jeton/protocol/cjson';
import type { DaemonReport } from '../../daemon/main.ts';
import type { AgentSettings } from '../../daemon/settings.ts';
import { removeSocketFolder, SocketTaken } from '../../daemon/socket-place.ts';
import { print } from '../../terminal/output.ts';
import { ProgramError } from '../../terminal/run.ts';
import { startCommands } from './shell.ts';

/** What the agent has no use for, and should not carry in its environment for weeks. */
const withheld = [
  'OIDC_ENCRYPTION_PW',
  'OIDC_REFRESH_TOKEN',
  'OIDC_SOCK',
  'OIDCD_PID',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
];

/** An agent that can be reached. */
export interface RunningAgent {
  readonly socketPath: string;
  /** undefined if it does not say. */
  readonly pid: number | undefined;
}

/**
 * Starts an agent as a process of its own. It listens when the promise resolves.
 *
 * Throws SocketTaken if somebody listens at one of its paths, else a ProgramError.
 */
export async function startInBackground(settings: AgentSettings): Promise<RunningAgent> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !withheld.includes(name)));
  // Pipes, not the channel of fork(): both sides would load more for it than for all else that they do here.
  const daemon = spawn(process.execPath, [join(import.meta.dirname, 'daemon.cjs')], {
    // A session of its own, in no folder that somebody wants to unmount: it outlives the terminal.
    detached: true,
    cwd: '/',
    env,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
  });
  daemon.stdin?.on('error', () => undefined).end(JSON.stringify(settings));
  const report = await reportOf(daemon);
  if (!report.ready) {
    if (settings.socketFolder !== undefined) removeSocketFolder(settings.socketFolder);
    throw 'takenAt' in report
      ? new SocketTaken(report.takenAt)
      : new ProgramError('Could not bind ipc-socket', [report.error]);
  }
  daemon.unref();
  return { socketPath: settings.socketPaths[0], pid: daemon.pid };
}

function reportOf(daemon: ChildProcess): Promise<DaemonReport> {
  return new Promise((resolve) => {
    daemon.stdio[3]?.once('data', (message) => resolve(JSON.parse(String(message))));
    daemon.once('error', (error) => resolve({ ready: false, error: error.message }));
    daemon.once('close', (code) =>
      resolve({ ready: false, error: `the agent ended with exit code ${code}` }),
    );
  });
}

/** Runs the agent in this process, until it is ended. Throws as `startInBackground`. */
export async function startInForeground(settings: AgentSettings): Promise<RunningAgent> {
  const { runAgent } = await import('../../daemon/run.ts');
  try {
    await runAgent(settings);
  } catch (error) {
    if (error instanceof SocketTaken) throw error;
    throw new ProgramError('Could not bind ipc-socket', [
      error instanceof Error ? error.message : String(error),
    ]);
  }
  return { socketPath: settings.socketPaths[0], pid: process.pid };
}

/** What a shell runs, or a program reads, to reach the agent. */
export function announce({ socketPath, pid }: RunningAgent, json: boolean): void {
  const dpid = pid === undefined ? {} : { dpid: String(pid) };
  print(json ? printCjson({ socket: socketPath, ...dpid }) : startCommands(socketPath, pid));
}
