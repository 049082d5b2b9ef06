import { join } from 'node:path';
import type { AgentSettings } from '../settings.ts';
import { startInBackground } from './background-process.ts';
import type { SpawnedDaemon } from './daemon-report.ts';
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
  const input = JSON.stringify(settings);
  return await startInBackground(process.execPath, [daemonProgram], input, { settings, env, furtherPipe });
}
