import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { NOT_CONNECTED } from '@jeton/client/conversation/agent-texts';
import { stablePlaces } from '@jeton/protocol/socket-path';
import * as v from 'valibot';
import { askAgent } from '../../client/ask-agent.ts';
import { isListening, removeSocketFolder } from '../../daemon/socket/socket-place.ts';
import { withLock } from '../../files/lock/lock.ts';
import { isAlive } from '../../files/process.ts';
import { print } from '../../terminal/output.ts';
import { ProgramError } from '../../terminal/run.ts';
import { findAgent, identify } from './find.ts';
import { isAgent } from './is-agent.ts';
import { killCommands } from './shell.ts';

/** The largest process ID that the system accepts. */
const MAX_PID = 2 ** 31 - 1;

/** Milliseconds for an agent to answer, or to end. */
const END_DEADLINE_MS = 2000;

const FORGET_HINT = 'forget it: unset OIDC_SOCK OIDCD_PID';

/**
 * Ends the agent that the environment names, else the one that every shell finds. Removes its socket.
 * @throws ProgramError if no agent is named, or if it cannot be ended; FileError `locked`
 */
export async function killAgent(env: NodeJS.ProcessEnv): Promise<void> {
  const { OIDCD_PID, OIDC_SOCK } = env;
  const { pid, socketPath } = OIDCD_PID
    ? { pid: await presentPid(readPid(OIDCD_PID), OIDC_SOCK), socketPath: OIDC_SOCK }
    : await findStableAgent(env);
  const isOfSystemd = socketPath ? await requireSaved(socketPath) : false;
  if (socketPath && !isOfSystemd && existsSync(dirname(socketPath))) {
    // Under the lock, no other process can take the place of the agent before its socket is gone.
    await withLock(socketPath, async () => {
      endProcess(pid);
      // The next command must not find an agent that is about to end.
      const deadline = performance.now() + END_DEADLINE_MS;
      while (performance.now() < deadline && (await isListening(socketPath))) await setTimeout(5);
      // The C agent leaves it behind.
      rmSync(socketPath, { force: true });
    });
    // The fresh folder of an agent, never one that the user chose.
    if (/\/oidc-[A-Za-z0-9]{6}$/.test(dirname(socketPath))) await removeFolder(dirname(socketPath));
  } else endProcess(pid);
  // One that was awake ends when the Node program has.
  const deadline = performance.now() + END_DEADLINE_MS;
  while (performance.now() < deadline && isAgent(pid)) await setTimeout(5);
  print(killCommands(pid));
}

/** Removes the folder. The ending agent may briefly hold the lock of its socket there. */
async function removeFolder(folder: string): Promise<void> {
  const deadline = performance.now() + END_DEADLINE_MS;
  for (;;) {
    removeSocketFolder(folder);
    if (!existsSync(folder) || performance.now() >= deadline) return;
    await setTimeout(5);
  }
}

/**
 * Refuses to end an agent that holds unsaved refresh tokens. An agent that does not answer ends all the same.
 * @returns whether systemd has made its socket: it stays, and the next client starts another agent
 */
async function requireSaved(socketPath: string): Promise<boolean> {
  const answer = await askAgent({ request: 'status_json' }, { socketPath, timeoutMs: END_DEADLINE_MS }).catch(
    () => undefined,
  );
  const status = v.safeParse(UnsavedStatus, answer?.info);
  const unsaved = status.success ? status.output.accounts.filter((account) => account.save_failure) : [];
  const [first] = unsaved;
  if (first === undefined) return status.success && status.output.systemd_socket === true;
  throw new ProgramError(
    `the new refresh token of '${first.name}' is not on disk yet: ${first.save_failure}`,
    [
      'the agent holds it and tries again by itself; if it ends now, the login is lost',
      'to end the agent anyway: kill $OIDCD_PID',
    ],
  );
}

const UnsavedStatus = v.object({
  systemd_socket: v.optional(v.boolean()),
  accounts: v.array(v.object({ name: v.string(), save_failure: v.optional(v.string()) })),
});

function readPid(text: string): number {
  const pid = Number(text);
  // 1 is the process that started all others.
  if (/^[1-9]\d*$/.test(text) && pid > 1 && pid <= MAX_PID) return pid;
  throw new ProgramError(`OIDCD_PID not set to a valid pid: ${text}`, [FORGET_HINT]);
}

/**
 * The process to end: the one in OIDCD_PID if it is an agent, else the agent that listens at the socket of the shell: agents of earlier
 * versions went on in another process after an update. An ID that now belongs to another program is an error.
 */
async function presentPid(pid: number, socketPath: string | undefined): Promise<number> {
  if (isAgent(pid)) return pid;
  const present = socketPath ? (await identify(socketPath))?.pid : undefined;
  if (present !== undefined && isAgent(present)) return present;
  throw isAlive(pid)
    ? new ProgramError(`OIDCD_PID is ${pid}, which is not an agent: it was not killed`, [FORGET_HINT])
    : new ProgramError('kill: No such process', [FORGET_HINT]);
}

/** The agent at a stable place. OIDC_SOCK may be the socket of another computer, where its process is. */
async function findStableAgent(env: NodeJS.ProcessEnv): Promise<{ pid: number; socketPath: string }> {
  const places = stablePlaces(env);
  const isElsewhere = env.OIDC_SOCK && !places.paths.includes(env.OIDC_SOCK);
  const ownShell = 'end an agent that has options in the shell that started it: eval $(oidc-agent -k)';
  if (isElsewhere) throw new ProgramError('OIDCD_PID not set, cannot kill Agent', [ownShell]);
  const socketPath = await findAgent(places);
  if (socketPath === undefined) {
    throw new ProgramError(NOT_CONNECTED, [
      'no agent runs where every shell looks',
      ...places.objections,
      ownShell,
    ]);
  }
  const pid = (await identify(socketPath))?.pid;
  if (pid !== undefined && isAgent(pid)) return { pid, socketPath };
  throw new ProgramError('OIDCD_PID not set, cannot kill Agent', [
    `the agent at ${socketPath} does not say which process it is`,
  ]);
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    throw new ProgramError(
      gone ? 'kill: No such process' : `kill: ${error instanceof Error ? error.message : error}`,
      [FORGET_HINT],
    );
  }
}
