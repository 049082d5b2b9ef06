import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { removeSocketFolder } from '../../daemon/server.ts';
import { print } from '../../terminal/output.ts';
import { ProgramError } from '../../terminal/run.ts';
import { killCommands } from './shell.ts';

/** What the system takes for the number of a process. */
const maxPid = 2 ** 31 - 1;

const forget = 'forget it: unset OIDC_SOCK OIDCD_PID';

/** Ends the agent that the environment names, and removes its socket if that agent leaves it behind. */
export async function killAgent(env: NodeJS.ProcessEnv): Promise<void> {
  const { OIDCD_PID, OIDC_SOCK } = env;
  if (!OIDCD_PID) {
    throw new ProgramError('OIDCD_PID not set, cannot kill Agent', [
      'run it in the shell in which you started the agent, as: eval $(oidc-agent -k)',
    ]);
  }
  const pid = Number(OIDCD_PID);
  if (!/^[1-9]\d*$/.test(OIDCD_PID) || pid > maxPid) {
    throw new ProgramError(`OIDCD_PID not set to a valid pid: ${OIDCD_PID}`, [forget]);
  }
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    throw new ProgramError(
      gone ? 'kill: No such process' : `kill: ${error instanceof Error ? error.message : error}`,
      [forget],
    );
  }
  if (OIDC_SOCK) {
    rmSync(OIDC_SOCK, { force: true });
    // The fresh folder of an agent, never one that a person chose.
    if (/\/oidc-[A-Za-z0-9]{6}$/.test(dirname(OIDC_SOCK))) await removeSocketFolder(dirname(OIDC_SOCK));
  }
  print(killCommands(pid));
}
