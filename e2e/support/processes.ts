/** Processes that are not children of the test: agents, and what they started. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Ends a process that is not our child, and waits until it is gone. */
export async function endProcess(pid: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  try {
    process.kill(pid, signal);
  } catch {
    return;
  }
  await processEnd(pid);
}

/** Waits until a process has ended by itself that is not our child. */
export async function processEnd(pid: number): Promise<void> {
  while (isRunning(pid)) await setTimeout(5);
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) return true;
    // One that has ended stays in the table of processes until init has looked, which may take a second. But it has its
    // files and sockets as long as one of its other threads is not through.
    return readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false;
  }
}

/** The running processes with a path below the folder in their environment, by what the system knows. */
export function processesOf(folder: string): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const known = all.filter((pid) => readProcess(pid, 'environ').includes(`${folder}/`) && isRunning(pid));
  return [...new Set([...known, ...hiddenAgents(folder, all)])];
}

/**
 * The sleeping agents with a socket below the folder. Only root can read the environment of such a process, so that any other user
 * has to ask the agent for its process id.
 */
function hiddenAgents(folder: string, all: readonly number[]): number[] {
  if (process.getuid?.() === 0) return [];
  const isHidden = (pid: number) => readProcess(pid, 'environ') === '' && isRunning(pid);
  const hidden = all.filter((pid) => commandLineOf(pid).startsWith('oidc-agent') && isHidden(pid));
  if (hidden.length === 0 || !existsSync(folder)) return [];
  const sockets = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isSocket());
  const ids = sockets.map((path) => spawnSync(process.execPath, ['-e', ASK_PROCESS_ID, path]).stdout);
  return hidden.filter((pid) => ids.some((id) => Number(id) === pid));
}

/** A program that asks an agent for its process id, and prints it; nothing if there is no answer within a second. */
const ASK_PROCESS_ID = `
  const socket = require('node:net').connect(process.argv[1]);
  socket.on('data', (answer) => console.log(JSON.parse(answer).info.pid)).on('error', () => undefined);
  socket.setTimeout(1000, () => socket.destroy()).write('{"request":"check","pid":1}');
`;

/** The command line of a process, its arguments divided by NUL; empty for a process that has ended. */
export function commandLineOf(pid: number): string {
  return readProcess(pid, 'cmdline');
}

/** A file of a process; empty where the process has ended, or belongs to another user. */
function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** The processes that a process with one thread has started, and that it has not waited for yet. */
export function childrenOf(pid: number): number[] {
  return readProcess(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}
