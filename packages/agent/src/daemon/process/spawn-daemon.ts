import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { AgentSettings } from '../settings.ts';

/** The agent's report to the program that starts it, as JSON. */
export type DaemonReport =
  | { ready: true }
  | { ready: false; problem: string; error: string }
  /** Another agent listens there. */
  | { ready: false; takenAt: string };

/** The program of the agent. */
export const daemonProgram = join(import.meta.dirname, 'daemon.cjs');

export interface SpawnedDaemon {
  readonly process: ChildProcess;
  /** The agent's report that it listens, or why it does not. */
  readonly report: DaemonReport;
}

/**
 * Starts an agent as a process of its own, and waits until it listens or has failed.
 *
 * @param furtherPipe whether to make the pipe for `endsWithStarter` or `takesOver`, the fifth of its `stdio`
 */
export async function spawnDaemon(
  settings: AgentSettings,
  env: NodeJS.ProcessEnv,
  { furtherPipe = false }: { furtherPipe?: boolean } = {},
): Promise<SpawnedDaemon> {
  // Pipes, because both sides load much less code for them than for the channel of fork().
  const daemon = spawn(process.execPath, [daemonProgram], {
    // A session of its own, so that it outlives the terminal, and a folder that never needs unmounting.
    detached: true,
    cwd: '/',
    env,
    stdio: [
      'pipe',
      'ignore',
      settings.endsWithStarter ? 'inherit' : 'ignore',
      'pipe',
      furtherPipe ? 'pipe' : 'ignore',
    ],
  });
  daemon.stdin?.on('error', () => undefined).end(JSON.stringify(settings));
  return { process: daemon, report: await reportOf(daemon) };
}

function reportOf(daemon: ChildProcess): Promise<DaemonReport> {
  const problem = 'Could not start the agent';
  return new Promise((resolve) => {
    daemon.stdio[3]?.once('data', (message) => resolve(JSON.parse(String(message))));
    daemon.once('error', (error) => resolve({ ready: false, problem, error: error.message }));
    daemon.once('close', (code) =>
      resolve({ ready: false, problem, error: `the agent ended with exit code ${code}` }),
    );
  });
}
