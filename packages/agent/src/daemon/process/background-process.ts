/** How an agent becomes a process of its own, whether it sleeps or not. */
import { spawn } from 'node:child_process';
import type { AgentSettings } from '../settings.ts';
import { reportOf, type SpawnedDaemon } from './daemon-report.ts';

export interface Background {
  readonly settings: AgentSettings;
  readonly env: NodeJS.ProcessEnv;
  /** Whether to make the pipe for `endsWithStarter`, the fifth of the process's `stdio`. */
  readonly furtherPipe: boolean;
  /** The name of the process, if it is not that of the program. */
  readonly argv0?: string | undefined;
}

/** Starts a program, gives it its input, and waits until it listens or has failed. */
export async function startInBackground(
  program: string,
  args: readonly string[],
  input: string | Buffer,
  { settings, env, furtherPipe, argv0 }: Background,
): Promise<SpawnedDaemon> {
  // Pipes, because both sides load much less code for them than for the channel of fork().
  const daemon = spawn(program, args, {
    argv0,
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
  daemon.stdin?.on('error', () => undefined).end(input);
  return { process: daemon, report: await reportOf(daemon) };
}
