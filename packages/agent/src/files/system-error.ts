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
