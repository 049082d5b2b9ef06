/** Errors of the system: their numbers as the host returns them, and Node's words for them. */
import { SYSTEM_ERRORS } from './generated';

export const EPERM: i32 = -1;
export const ENOENT: i32 = -2;
export const EAGAIN: i32 = -11;
export const EACCES: i32 = -13;
export const EEXIST: i32 = -17;
export const ENOTDIR: i32 = -20;
export const ENFILE: i32 = -23;
export const EMFILE: i32 = -24;
export const EPIPE: i32 = -32;
export const ENOTEMPTY: i32 = -39;
export const ENOTSOCK: i32 = -88;
export const ECONNREFUSED: i32 = -111;

function nameOf(error: i32): string {
  const index = SYSTEM_ERRORS.NUMBER.indexOf(error);
  return index < 0 ? `Unknown system error ${error}` : SYSTEM_ERRORS.NAME[index];
}

function meaningOf(error: i32): string {
  const index = SYSTEM_ERRORS.NUMBER.indexOf(error);
  return index < 0 ? `Unknown system error ${error}` : SYSTEM_ERRORS.MEANING[index];
}

/** An error with a file, as `describeSystemError` of packages/agent/src/files/system-error.ts words it. */
export function describeFileError(error: i32): string {
  return `${meaningOf(error)} (${nameOf(error)})`;
}

/** An error of listen(2). */
export function describeListenError(error: i32, path: string): string {
  return `listen ${nameOf(error)}: ${meaningOf(error)} ${path}`;
}

/** An error of write(2). */
export function describeWriteError(error: i32): string {
  return `${nameOf(error)}: ${meaningOf(error)}, write`;
}
