/**
 * Keeps the process alive whatever goes wrong in work that nobody waits for: an agent may hold refresh tokens that are nowhere
 * else, and every request stands for itself. What it was goes to stderr and, as nobody reads that of a process in the
 * background, to the system's log.
 */
export function surviveErrors(): void {
  process.on('uncaughtException', (error) => {
    // What fails here would come back here.
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
