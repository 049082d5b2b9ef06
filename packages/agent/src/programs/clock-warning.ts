import { clockProblem } from '../oauth/http/clock-skew.ts';
import { inform, warn } from '../terminal/output.ts';

/** Warns if the clock of this computer differs from that of an issuer that has just answered. */
export function warnOfClock(issuer: string): void {
  const found = clockProblem(issuer);
  if (found === undefined) return;
  warn(`Warning: ${found.problem}`);
  inform(`hint: ${found.hint}`);
}
