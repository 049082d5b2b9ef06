/** An error for the user: the message is the first line; the hints suggest the next step, one sentence or command each. */
export class HintedError extends Error {
  readonly hints: readonly string[];
  /** The exit code of a program that ends because of it (docs/exit-codes.md). */
  readonly exitCode: number;

  constructor(
    message: string,
    {
      hints = [],
      exitCode = 1,
      cause,
    }: { hints?: readonly string[] | undefined; exitCode?: number; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.hints = hints;
    this.exitCode = exitCode;
  }
}
