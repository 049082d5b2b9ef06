/**
 * What went wrong, for callers that go on differently:
 * `not-found` no such file; `unreadable` it cannot be opened; `malformed` it is not an account file;
 * `changed` another program has changed it, and what it says now is not known; `wrong-password`; `no-password` nobody to ask for one; `not-saved` the old file is still in place;
 * `locked` another process uses it; `bad-name` not usable as a short name; `no-directory` no place for account files.
 */
export type VaultErrorKind =
  | 'not-found'
  | 'unreadable'
  | 'malformed'
  | 'changed'
  | 'wrong-password'
  | 'no-password'
  | 'not-saved'
  | 'locked'
  | 'bad-name'
  | 'no-directory';

/** An error about account files. The message is one line without secrets; the hints say what to do next. */
export class VaultError extends Error {
  readonly kind: VaultErrorKind;
  readonly hints: readonly string[];

  constructor(
    kind: VaultErrorKind,
    message: string,
    options: { hints?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'VaultError';
    this.kind = kind;
    this.hints = options.hints ?? [];
  }
}

/** `no space left on device (ENOSPC)` for a system error, the message of any other. */
export function describeSystemError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = systemErrorCode(error);
  // Node writes `ENOSPC: no space left on device, write '/path'`.
  const text = /^[A-Z0-9]+: ([^,]*)/.exec(error.message)?.[1];
  return code !== undefined && text !== undefined ? `${text} (${code})` : error.message;
}

export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
