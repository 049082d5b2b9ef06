import { spawn } from 'node:child_process';

/**
 * Keeps the process alive whatever goes wrong in work that nobody waits for: an agent may hold refresh tokens that are nowhere
 * else, and every request stands for itself. What it was goes to stderr and to the system's log.
 */
export function surviveErrors(): void {
  process.on('uncaughtException', (error) => {
    report(error instanceof Error ? (error.stack ?? error.message) : String(error));
  });
}

function report(text: string): void {
  process.stderr.write(`oidc-agent: internal error, the agent goes on: ${text}\n`);
  // In the background nobody reads stderr. Through its standard input, as anybody can read a command line.
  const logger = spawn('logger', ['-t', 'oidc-agent', '-p', 'user.err'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  logger.on('error', () => undefined);
  logger.stdin.on('error', () => undefined).end(`internal error, the agent goes on: ${text}\n`);
}

/** Node opens a debugger for every user of the computer when it gets this signal; through it all secrets could be read. */
export function openNoDebugger(): void {
  process.on('SIGUSR1', () => undefined);
}
