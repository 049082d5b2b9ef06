/**
 * Keeps the process alive when background work fails: an agent may hold refresh tokens that exist nowhere else, and
 * requests do not depend on each other. Reports the error on stderr and in the system's log, because nothing shows the
 * stderr of a background process.
 */
export function surviveErrors(): void {
  process.on('uncaughtException', (error) => {
    // Otherwise an error while reporting would come back here.
    report(error).catch(() => undefined);
  });
}

async function report(error: unknown): Promise<void> {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const { systemLog, logToStderr } = await import('../log.ts');
  for (const log of [logToStderr, systemLog()]) log(`internal error, the agent goes on: ${text}`);
}

/** Ignores SIGUSR1, on which Node opens a debugger that any user of the computer could use to read all secrets. */
export function openNoDebugger(): void {
  process.on('SIGUSR1', () => undefined);
}
