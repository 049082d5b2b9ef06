import { AgentError } from '@jeton/client';
import { UsageError } from '../command-line/options.ts';
import { keepMemoryOutOfCoreDumps } from '../core-dump.ts';
import { HintedError } from '../hinted-error.ts';
import { agentExitCode, exitCodeOf } from './exit-code.ts';
import { tell, tellError } from './output.ts';

/** The user interrupted the program: Ctrl-C, or the end of the input. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** A failure of a program itself, with hints for the user. */
export class ProgramError extends HintedError {
  override readonly name = 'ProgramError';

  constructor(message: string, hints: readonly string[] = [], exitCode = 1) {
    super(message, { hints, exitCode });
  }
}

/** Another program of the suite that this one needs has failed, and has printed the error. */
export class AlreadyTold extends Error {
  override readonly name = 'AlreadyTold';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('another program has failed');
    this.exitCode = exitCode;
  }
}

/** Runs a program and ends the process: with its result, or with the exit code of its error (docs/exit-codes.md). */
export async function runProgram(main: () => Promise<number>): Promise<never> {
  keepMemoryOutOfCoreDumps();
  let exitCode: number;
  try {
    exitCode = await main();
  } catch (error) {
    exitCode = tellFailure(error);
  }
  process.exit(exitCode);
}

/** Prints an error; returns its exit code (docs/exit-codes.md). */
export function tellFailure(error: unknown): number {
  if (error instanceof Interrupted) {
    tell(error.message);
    return 130;
  }
  if (error instanceof AlreadyTold) return error.exitCode;
  if (error instanceof UsageError) {
    tell(error.message);
    return error.exitCode;
  }
  if (error instanceof AgentError) {
    tellError(error.message);
    if (error.info !== undefined) tell(error.info);
    for (const hint of error.hints) tell(`hint: ${hint}`);
    return agentExitCode(error);
  }
  if (error instanceof HintedError) {
    tellError(error.message, error.hints);
    return exitCodeOf(error);
  }
  // The reader of the output has gone. That is no error worth reporting.
  const readerGone = error instanceof Error && 'code' in error && error.code === 'EPIPE';
  if (!readerGone) tellError(error instanceof Error ? error.message : String(error));
  return 1;
}
