/** Answers for clients that need the Node program where it has not started. */
import { describeFileError } from '../../system-errors';
import { escaped } from '../launch';

/** Exit codes of a program that could not be started, as in ../../host/programs.c. */
const NO_SCRIPT: i32 = 125;
const NO_DESCRIPTORS: i32 = 126;
const NO_PROGRAM: i32 = 127;

const FILES_HINT = 'see whether node and jeton are where they were, then try again';
const MOVED_HINT =
  'hint: if they are elsewhere now, restart the agent and load the accounts: oidc-agent -k; eval $(oidc-agent)\\n';
const LIMITS_HINT = 'see what ulimit -a allows and what runs already, then try again';
const MEMORY_HINT =
  'see whether there is memory for it (ulimit -v), and whether jeton is installed as it was, then try again';
const BUSY_HINT = 'the computer may be very busy, or a file server may not answer; try again later';

export function noChannel(error: i32): string {
  return answer(`no file can be opened: ${describeFileError(error)}`, LIMITS_HINT);
}

export function noProcess(error: i32): string {
  return answer(`no process can be started: ${describeFileError(error)}`, LIMITS_HINT);
}

export function tooLate(seconds: f64): string {
  return answer(`it has not started within ${i32(seconds)} s`, BUSY_HINT);
}

/** @param end an exit code, or the number of a signal below 0 */
export function hasEnded(end: i32, program: string, script: string): string {
  if (end === NO_SCRIPT) return answer(`${script} cannot be read`, FILES_HINT, MOVED_HINT);
  if (end === NO_PROGRAM) return answer(`${program} cannot be run`, FILES_HINT, MOVED_HINT);
  if (end === NO_DESCRIPTORS) return answer('no file can be opened', LIMITS_HINT);
  if (end < 0) return answer(`it was ended by signal ${-end}`, MEMORY_HINT);
  return answer(`it has ended with exit code ${end}`, MEMORY_HINT);
}

/** @param furtherLine another hint */
function answer(reason: string, hint: string, furtherLine: string = ''): string {
  const error = `"the program of the agent does not start: ${escaped(reason)}"`;
  const info = `"hint: ${hint}; the agent has kept its accounts\\n${furtherLine}"`;
  return `{"status":"failure","error":${error},"info":${info},"kind":"try-again"}`;
}
