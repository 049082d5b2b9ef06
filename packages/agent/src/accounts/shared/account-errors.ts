/** Errors about the file of a loaded account, with the commands that help. */
import { shellQuote } from '@jeton/client/shell-quote';
import { FileError } from '../../files/errors.ts';
import { describeSystemError } from '../../files/system-error.ts';

/** The agent does not overwrite a file that it cannot read: the file may hold a new login, or have a new password. */
export function cannotReplace(path: string, name: string, cause: unknown): FileError {
  const message = `could not open the account file '${path}' to save it: ${describeSystemError(cause)}`;
  return new FileError('not-saved', message, { hints: [givePassword(name)], cause });
}

/** Another program has written the file, and the agent cannot read it. */
export function changed(name: string, cause: unknown): FileError {
  const message = `another program has written the account file of '${name}': ${describeSystemError(cause)}`;
  return new FileError('changed', message, { hints: [givePassword(name)], cause });
}

/** A client has given a key or a password that does not open the file. */
export function doesNotOpen(name: string, cause: FileError): FileError {
  const message = cause.kind === 'malformed' ? cause.message : 'wrong password';
  return new FileError('wrong-password', message, {
    hints: [
      `the account file of '${name}' is encrypted with another password: nothing was changed`,
      `load it from its file: oidc-add --force ${shellQuote(name)}`,
    ],
    cause,
  });
}

const givePassword = (name: string) => `give the agent its password: oidc-add --force ${shellQuote(name)}`;
