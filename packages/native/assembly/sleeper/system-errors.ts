/** Errors of the system: their numbers as the host returns them, and what the agent says about them. */
export const ENOENT: i32 = -2;
export const EAGAIN: i32 = -11;
export const ENOTDIR: i32 = -20;
export const ENFILE: i32 = -23;
export const EMFILE: i32 = -24;
export const ENOTEMPTY: i32 = -39;
export const ENOTSOCK: i32 = -88;
export const ECONNREFUSED: i32 = -111;

/** An error of the system: its name, and what it means. */
class SystemError {
  constructor(
    readonly number: i32,
    readonly name: string,
    readonly meaning: string,
  ) {}
}

const ERRORS: SystemError[] = [
  new SystemError(-1, 'EPERM', 'operation not permitted'),
  new SystemError(-2, 'ENOENT', 'no such file or directory'),
  new SystemError(-13, 'EACCES', 'permission denied'),
  new SystemError(-17, 'EEXIST', 'file already exists'),
  new SystemError(-20, 'ENOTDIR', 'not a directory'),
  new SystemError(-21, 'EISDIR', 'illegal operation on a directory'),
  new SystemError(-28, 'ENOSPC', 'no space left on device'),
  new SystemError(-30, 'EROFS', 'read-only file system'),
  new SystemError(-36, 'ENAMETOOLONG', 'name too long'),
  new SystemError(-98, 'EADDRINUSE', 'address already in use'),
];

function errorOf(number: i32): SystemError {
  for (let index = 0; index < ERRORS.length; index++) {
    if (ERRORS[index].number === number) return ERRORS[index];
  }
  return new SystemError(number, `error ${-number}`, 'unknown error');
}

/** An error with a file, as `describeSystemError` of packages/agent/src/files/errors.ts words it. */
export function describeFileError(number: i32): string {
  const error = errorOf(number);
  return `${error.meaning} (${error.name})`;
}

/** An error with a socket, in Node's words. */
export function describeSocketError(error: i32, path: string): string {
  if (error === ENOTSOCK) return `${path} exists and is not a socket`;
  const known = errorOf(error);
  return `listen ${known.name}: ${known.meaning} ${path}`;
}
