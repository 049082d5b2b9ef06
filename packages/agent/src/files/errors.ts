import { HintedError } from '../hinted-error.ts';
import { describeSystemError } from './system-error.ts';

/**
 * The kind of a failure, for callers that react differently: `not-found` the file does not exist; `no-answer` the file
 * server does not answer; `unreadable` the file cannot be opened; `malformed` it is not an account file; `changed`
 * another program has changed it to an unknown content; `wrong-password`; `no-password` no source for one; `not-saved`
 * the old file is still in place; `locked` another process uses it; `bad-name` not valid as a short name;
 * `no-directory` no place for account files.
 */
export type FileErrorKind =
  | 'not-found'
  | 'no-answer'
  | 'unreadable'
  | 'malformed'
  | 'changed'
  | 'wrong-password'
  | 'no-password'
  | 'not-saved'
  | 'locked'
  | 'bad-name'
  | 'no-directory';

/** The error for a file or a folder about which the file server does not answer. */
export function noAnswerFrom(cause: unknown): FileError {
  const hints = ['the file server may be away; try again when it is back'];
  return new FileError('no-answer', describeSystemError(cause), { hints, cause });
}

/** An error about account files. The message is one line without secrets. */
export class FileError extends HintedError {
  override readonly name = 'FileError';
  readonly kind: FileErrorKind;

  constructor(
    kind: FileErrorKind,
    message: string,
    options: { hints?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, options);
    this.kind = kind;
  }
}
