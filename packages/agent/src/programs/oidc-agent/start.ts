import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { printCjson } from '@jeton/protocol/cjson';
import type { DaemonReport } from '../../daemon/main.ts';
import { removeSocketFolder } from '../../daemon/server.ts';
import type { AgentSettings } from '../../daemon/settings.ts';
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

/** Starts the agent as a process of its own, and prints how to reach it once it listens. */
export async function startInBackground(settings: AgentSettings, json: boolean): Promise<void> {
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
  if (!report.ready || daemon.pid === undefined) {
    if (settings.socketFolder !== undefined) await removeSocketFolder(settings.socketFolder);
    throw new ProgramError('Could not bind ipc-socket', [
      report.ready ? 'the agent has no process id' : report.error,
    ]);
  }
  daemon.unref();
  announce(settings.socketPath, daemon.pid, json);
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

/** Runs the agent in this process, until it is ended. */
export async function startInForeground(settings: AgentSettings, json: boolean): Promise<never> {
  const { runAgent } = await import('../../daemon/run.ts');
  await runAgent(settings);
  announce(settings.socketPath, process.pid, json);
  return await new Promise<never>(() => undefined);
}

function announce(socketPath: string, pid: number, json: boolean): void {
  print(json ? printCjson({ socket: socketPath, dpid: String(pid) }) : startCommands(socketPath, pid));
}
