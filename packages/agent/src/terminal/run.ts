import { AgentError } from '@jeton/client';
import { UsageError } from '../command-line/options.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { keepMemoryOutOfCoreDumps } from '../core-dump.ts';
import { HintedError } from '../hinted-error.ts';
import { errorJson, hintsIn, type ReportedError } from './error-json.ts';
import { agentExitCode, exitCodeOf, failureKind } from './exit-code.ts';
import { inform, printError } from './output.ts';

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
export class AlreadyReported extends Error {
  override readonly name = 'AlreadyReported';
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
    exitCode = printFailure(error);
  }
  process.exit(exitCode);
}

/** Whether errors are reported as JSON: with `--json`. */
let asJson = false;

/** From now on the program reports errors as JSON. */
export function reportErrorsAsJson(): void {
  asJson = true;
}

/** Prints an error; returns its exit code (docs/exit-codes.md). */
export function printFailure(error: unknown): number {
  if (error instanceof Interrupted) {
    inform(error.message);
    return 130;
  }
  if (error instanceof AlreadyReported) return error.exitCode;
  if (error instanceof UsageError) {
    inform(error.message);
    return error.exitCode;
  }
  if (asJson) {
    const reported = reportedError(error);
    inform(errorJson(reported));
    return reported.exitCode;
  }
  if (error instanceof AgentError) {
    printError(error.message);
    if (error.info !== undefined) inform(error.info);
    for (const hint of error.hints) inform(`hint: ${hint}`);
    return agentExitCode(error);
  }
  if (error instanceof HintedError) {
    printError(error.message, error.hints);
    return exitCodeOf(error);
  }
  // The reader of the output has gone. That is no error worth reporting.
  const readerGone = error instanceof Error && 'code' in error && error.code === 'EPIPE';
  if (!readerGone) printError(error instanceof Error ? error.message : String(error));
  return 1;
}

function reportedError(error: unknown): ReportedError {
  if (error instanceof AgentError) {
    const { message, code: kind, info } = error;
    const hints = [...(info === undefined ? [] : hintsIn(info)), ...error.hints];
    return { message, kind, hints, exitCode: agentExitCode(error) };
  }
  if (error instanceof HintedError) {
    const { message, hints } = error;
    return {
      message,
      kind: error instanceof ConfigurationError ? 'configuration' : (failureKind(error) ?? 'failed'),
      hints,
      exitCode: exitCodeOf(error),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { message, kind: 'failed', hints: [], exitCode: 1 };
}
