/** The agent as a process of its own: gets its settings from oidc-agent and reports when it listens, or why not. */
import { closeSync, readFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { keepMemoryOutOfCoreDumps } from '../../core-dump.ts';
import type { AgentSettings } from '../settings.ts';
import { SocketTaken } from '../socket/socket-place.ts';
import { AgentProcess, StartFailure } from './agent-process.ts';
import type { DaemonReport } from './daemon-report.ts';

/** The pipes that oidc-agent sets up, by their descriptors. */
const SETTINGS_PIPE = 0;
const REPORT_PIPE = 3;
/** Stays open as long as the starter lives. */
const FURTHER_PIPE = 4;

async function main(): Promise<void> {
  keepMemoryOutOfCoreDumps();
  process.title = 'oidc-agent';
  const settings: AgentSettings & { takesOver?: boolean } = JSON.parse(readFileSync(SETTINGS_PIPE, 'utf8'));
  // So agents of earlier versions ask for a successor to hand their accounts to. Without one they go on.
  if (settings.takesOver) {
    report(failure(new Error('this version takes over no accounts')));
    return;
  }
  const agent = await AgentProcess.start(settings).catch((error: unknown) => report(failure(error)));
  if (agent === undefined) return;
  if (settings.endsWithStarter) new Socket({ fd: FURTHER_PIPE }).once('close', agent.end).resume();
  try {
    report({ ready: true });
  } catch {
    // The starter has exited, so no client knows this agent.
    await agent.end();
  }
}

function failure(error: unknown): DaemonReport {
  if (error instanceof SocketTaken) return { ready: false, takenAt: error.path };
  const { problem, message } =
    error instanceof StartFailure ? error : new StartFailure('Could not start the agent', error);
  return { ready: false, problem, error: message };
}

function report(message: DaemonReport): void {
  writeSync(REPORT_PIPE, JSON.stringify(message));
  closeSync(REPORT_PIPE);
}

void main();
