/** The agent as a process of its own: gets its settings from oidc-agent and reports when it listens, or why not. */
import { runAgent } from './run.ts';
import type { AgentSettings } from './settings.ts';

/** What goes back to oidc-agent. */
export type DaemonReport = { ready: true } | { ready: false; error: string };

process.title = 'oidc-agent';
process.once('message', async (settings: AgentSettings) => {
  const report = (message: DaemonReport) => process.send?.(message, () => process.disconnect());
  try {
    await runAgent(settings);
    report({ ready: true });
  } catch (error) {
    report({ ready: false, error: error instanceof Error ? error.message : String(error) });
  }
});
