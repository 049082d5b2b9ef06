import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { withCoreDumps } from '../core-dump.ts';
import { describeSystemError, systemErrorCode } from '../files/system-error.ts';
import { ProgramError } from '../terminal/run.ts';

/** Signals that a terminal sends to the command, too: the command decides how to react. */
const SIGNALS_SENT_TO_BOTH = ['SIGINT', 'SIGQUIT'] as const;
const FORWARDED_SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Runs a command with our input and output, and passes on the signals that we get.
 *
 * @throws ProgramError if it cannot be started
 * @returns its exit status, 128 and the number of the signal that ended it, as a shell does
 */
export async function runCommand(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [program = '', ...args] = command;
  const ignore = () => undefined;
  let child: ChildProcess | undefined;
  const forward = (signal: NodeJS.Signals) => child?.kill(signal);
  for (const signal of SIGNALS_SENT_TO_BOTH) process.on(signal, ignore);
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  try {
    // Spawn only after the handlers are installed: before spawn() returns, the command may already run and a signal may
    // end us.
    const started = withCoreDumps(() => spawn(program, args, { stdio: 'inherit', env }));
    child = started;
    return await new Promise<number>((resolve, reject) => {
      started.once('error', reject);
      started.once('exit', (code, signal) =>
        resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]),
      );
    });
  } catch (error) {
    throw notStarted(program, error);
  } finally {
    for (const signal of SIGNALS_SENT_TO_BOTH) process.off(signal, ignore);
    for (const signal of FORWARDED_SIGNALS) process.off(signal, forward);
  }
}

/** The exit codes of a shell: 127 for a missing program, 126 for one that cannot be run. */
function notStarted(program: string, error: unknown): ProgramError {
  const code = systemErrorCode(error);
  if (program === '' || code === 'ENOENT') {
    const isScript = program.includes('/') && existsSync(program);
    const hints = isScript ? ['the file exists, but the program in its first line does not'] : [];
    return new ProgramError(`${program}: command not found`, hints, 127);
  }
  const hints = code === 'EACCES' ? [`make it executable: chmod +x ${program}`] : [];
  return new ProgramError(`${program}: ${reason(error)}`, hints, 126);
}

/** The system's text for the error; Node's message has only the code. */
function reason(error: unknown): string {
  const number = error instanceof Error && 'errno' in error ? Number(error.errno) : Number.NaN;
  return getSystemErrorMap().get(number)?.[1] ?? describeSystemError(error);
}
