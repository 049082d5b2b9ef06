/** The agent as a process of its own: gets its settings from oidc-agent and reports when it listens, or why not. */
import { closeSync, readFileSync, writeSync } from 'node:fs';
import { runAgent } from './run.ts';
import type { AgentSettings } from './settings.ts';
import { SocketTaken } from './socket-place.ts';

/** What goes back to oidc-agent, as JSON. */
export type DaemonReport =
  | { ready: true }
  | { ready: false; error: string }
  /** Another agent listens there. */
  | { ready: false; takenAt: string };

/** What oidc-agent made of the standard input and of the descriptor after the standard ones. */
const settingsPipe = 0;
const reportPipe = 3;

async function main(): Promise<void> {
  process.title = 'oidc-agent';
  const settings: AgentSettings = JSON.parse(readFileSync(settingsPipe, 'utf8'));
  try {
    await runAgent(settings);
    report({ ready: true });
  } catch (error) {
    if (error instanceof SocketTaken) report({ ready: false, takenAt: error.path });
    else report({ ready: false, error: error instanceof Error ? error.message : String(error) });
  }
}

function report(message: DaemonReport): void {
  writeSync(reportPipe, JSON.stringify(message));
  closeSync(reportPipe);
}

void main();
