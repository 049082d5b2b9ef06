import { harmlessJson } from '../harmless.ts';

/** A failure as a program reports it with `--json`. */
export interface ReportedError {
  /** The text that stands after `Error:` otherwise. */
  readonly message: string;
  /** What has failed, for a program to act on (docs/exit-codes.md). */
  readonly kind: string;
  readonly hints: readonly string[];
  readonly exitCode: number;
}

/** A failure as one line of JSON for stderr: `error`, `kind`, `hints`, `exit_code`. */
export function errorJson({ message, kind, hints, exitCode }: ReportedError): string {
  return harmlessJson(JSON.stringify({ error: message, kind, hints, exit_code: exitCode }));
}

/** The hints in the lines that an agent adds to its error. */
export function hintsIn(info: string): string[] {
  return info
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^hint: /, ''));
}
