import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ProgramError } from '../terminal/run.ts';
import { systemErrorCode } from '../vault/errors.ts';

/** A terminal sends these to the command, too: it decides what becomes of them. */
const sentToBoth = ['SIGINT', 'SIGQUIT'] as const;
const forwarded = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Runs a command with our input and output, and passes on the signals that we get.
 *
 * @returns its exit status, 128 and the number of the signal that ended it, as a shell does
 */
export async function runCommand(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [program = '', ...args] = command;
  const ignore = () => undefined;
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of sentToBoth) process.on(signal, ignore);
  for (const signal of forwarded) process.on(signal, forward);
  // Only now: it may run, and somebody may end us, before spawn() returns.
  const child = spawn(program, args, { stdio: 'inherit', env });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error) => reject(notStarted(program, error)));
      child.once('exit', (code, signal) =>
        resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]),
      );
    });
  } finally {
    for (const signal of sentToBoth) process.off(signal, ignore);
    for (const signal of forwarded) process.off(signal, forward);
  }
}

function notStarted(program: string, error: Error): ProgramError {
  const isMissing = systemErrorCode(error) === 'ENOENT';
  return isMissing
    ? new ProgramError(`${program}: command not found`, [], 127)
    : new ProgramError(`${program}: ${error.message}`, [], 126);
}
