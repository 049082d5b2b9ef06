import { BadRequest, type Failure } from '@jeton/protocol';
import { isProgramGone } from '../files/program-gone.ts';
import { HintedError } from '../hinted-error.ts';
import { failureKind } from '../terminal/exit-code.ts';

/** A request that the agent refuses: the error that the client prints, with hints for the user. */
export class RequestFailure extends HintedError {
  override readonly name = 'RequestFailure';

  constructor(message: string, hints: readonly string[] = []) {
    super(message, { hints });
  }
}

/**
 * The accounts of an agent that was started by another version of jeton cannot be read by this one. They stay where they are, so that the
 * version that left them can go on.
 */
export class OtherVersion extends RequestFailure {
  constructor() {
    super('the agent was started by another version of jeton, and this one cannot read its accounts', [
      'install that version again, or restart the agent and load the accounts: oidc-agent -k; eval $(oidc-agent)',
    ]);
  }
}

/** Turns any error of a handler into an answer. An unexpected error becomes its message alone. */
export function failureOf(error: unknown): Failure {
  if (error instanceof HintedError) {
    const kind = failureKind(error);
    return { ...failure(error.message, error.hints), ...(kind && { kind }) };
  }
  if (error instanceof BadRequest) return failure(error.message);
  if (isProgramGone(error)) return programGone();
  return failure(`internal error: ${error instanceof Error ? error.message : String(error)}`);
}

/** The awake part of an agent that sleeps ends soon, if it can: the next one is started from the new files. */
export const replacedProgram: { letNextGoOn?: () => void } = {};

function programGone(): Failure {
  const { letNextGoOn } = replacedProgram;
  if (letNextGoOn === undefined) {
    return failure("the agent's program was replaced; restart it", ['oidc-agent -k; eval $(oidc-agent)']);
  }
  letNextGoOn();
  const hints = ['the agent goes on with the new program in a moment'];
  return { ...failure("the agent's program was replaced; try again", hints), kind: 'try-again' };
}

function failure(error: string, hints: readonly string[] = []): Failure {
  // The C programs print the info of a failure as it comes: without its line end, the shell's prompt would follow it.
  return hints.length > 0
    ? { status: 'failure', error, info: `${hintLines(hints)}\n` }
    : { status: 'failure', error };
}

/** Hints as clients print them: one a line. */
export function hintLines(hints: readonly string[]): string {
  return hints.map((hint) => `hint: ${hint}`).join('\n');
}
