/** The agent as a process of its own: gets its settings from oidc-agent and reports when it listens, or why not. */
import { closeSync, readFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { keepMemoryOutOfCoreDumps } from '../../core-dump.ts';
import type { AgentSettings } from '../settings.ts';
import { SocketTaken } from '../socket/socket-place.ts';
import { AgentProcess, StartFailure } from './agent-process.ts';
import type { DaemonReport } from './daemon-report.ts';

/** The pipes that oidc-agent sets up, by their descriptors. */
const SETTINGS_PIPE = 0;
const REPORT_PIPE = 3;
/** Stays open as long as the starter lives; or carries the accounts of the agent that this one replaces. */
const FURTHER_PIPE = 4;

async function main(): Promise<void> {
  keepMemoryOutOfCoreDumps();
  process.title = 'oidc-agent';
  const settings: AgentSettings = JSON.parse(readFileSync(SETTINGS_PIPE, 'utf8'));
  const agent = await AgentProcess.start(settings, inheritanceOf(settings)).catch((error: unknown) =>
    report(failure(error)),
  );
  if (agent === undefined) return;
  if (settings.endsWithStarter) new Socket({ fd: FURTHER_PIPE }).once('close', agent.end).resume();
  try {
    report({ ready: true });
  } catch {
    // The starter has exited, so no client knows this agent.
    await agent.end();
  }
}

/** The accounts of the agent that this one replaces; empty if that agent died. */
function inheritanceOf({ takesOver }: AgentSettings): Promise<string> | undefined {
  return takesOver ? text(new Socket({ fd: FURTHER_PIPE })).catch(() => '') : undefined;
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
