/**
 * Keeps the process alive when background work fails: an agent may hold refresh tokens that exist nowhere else, and
 * requests do not depend on each other. Reports the error on stderr and in the system's log, because nothing shows the
 * stderr of a background process.
 */
export function surviveErrors(): void {
  process.on('uncaughtException', (error) => {
    // An error here would be handled here again.
    tellOf(error).catch(() => undefined);
  });
}

async function tellOf(error: unknown): Promise<void> {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const { systemLog, tellStderr } = await import('../log.ts');
  for (const tell of [tellStderr, systemLog()]) tell(`internal error, the agent goes on: ${text}`);
}

/** Node opens a debugger for every user of the computer when it gets this signal; through it all secrets could be read. */
export function openNoDebugger(): void {
  process.on('SIGUSR1', () => undefined);
}
