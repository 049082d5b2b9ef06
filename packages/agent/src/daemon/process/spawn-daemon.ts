import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { AgentSettings } from '../settings.ts';
import { reportOf, type SpawnedDaemon } from './daemon-report.ts';
import { canSleep, startSleeper } from './sleeper.ts';

/** The program of the agent. */
export const daemonProgram = join(import.meta.dirname, 'daemon.cjs');

/**
 * Starts an agent as a process of its own, and waits until it listens or has failed.
 *
 * @param furtherPipe whether to make the pipe for `endsWithStarter`, the fifth of its `stdio`
 */
export async function spawnDaemon(
  settings: AgentSettings,
  env: NodeJS.ProcessEnv,
  { furtherPipe = false }: { furtherPipe?: boolean } = {},
): Promise<SpawnedDaemon> {
  if (canSleep(settings)) return await startSleeper(settings, env, furtherPipe);
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
