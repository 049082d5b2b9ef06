import type { ChildProcess } from 'node:child_process';

/** What the agent could not do at its start. */
export const PROBLEMS = {
  start: 'Could not start the agent',
  socket: 'Could not bind ipc-socket',
  pidFile: 'Could not write the pid file',
} as const;

/** The agent's report to the program that starts it, as JSON. */
export type DaemonReport =
  | { ready: true }
  | { ready: false; problem: string; error: string }
  /** Another agent listens there. */
  | { ready: false; takenAt: string };

export interface SpawnedDaemon {
  /** undefined if none was started. */
  readonly process?: ChildProcess | undefined;
  /** The agent's report that it listens, or why it does not. */
  readonly report: DaemonReport;
}

/** The report of a process, which it writes to its descriptor 3. */
export function reportOf(daemon: ChildProcess): Promise<DaemonReport> {
  const problem = PROBLEMS.start;
  return new Promise((resolve) => {
    daemon.once('error', (error) => resolve({ ready: false, problem, error: error.message }));
    // A process that did not start, because no more files may be opened, has no pipes.
    const stdio: ChildProcess['stdio'] | undefined = daemon.stdio;
    stdio?.[3]?.once('data', (message) => resolve(JSON.parse(String(message))));
    daemon.once('close', (code) =>
      resolve({ ready: false, problem, error: `the agent ended with exit code ${code}` }),
    );
  });
}
