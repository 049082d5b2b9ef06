/**
 * Compares the clock of this computer with those of issuers, by the header `Date` of their answers (RFC 9110 6.6.1). A wrong
 * clock makes valid tokens look expired, or not valid yet.
 */
import { inWords } from '../../duration.ts';

/** A smaller difference is usual, and harms nothing. */
const TOLERATED_SECONDS = 60;

/** Seconds by which this computer is ahead of an issuer, at least: negative if it is behind. By the issuer's address. */
const skews = new Map<string, number>();

/** When a request was sent and its answer was received, in milliseconds since the epoch. */
interface Exchange {
  readonly sent: number;
  readonly received: number;
}

/**
 * Takes note of the clock of an issuer. The issuer has written the header between the two times, and its clock may be up to a
 * second later than the header says.
 * @param age the header of an answer from a cache, whose date is an old one
 */
export function noteDate(
  issuer: string,
  { date, age }: { date: string | undefined; age: string | undefined },
  { sent, received }: Exchange,
): void {
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs) || age !== undefined) return;
  const ahead = sent - (theirs + 1000);
  const behind = theirs - received;
  const seconds = ahead > 0 ? ahead / 1000 : behind > 0 ? -behind / 1000 : 0;
  if (Math.abs(seconds) > TOLERATED_SECONDS) skews.set(key(issuer), seconds);
  else skews.delete(key(issuer));
}

/** What is wrong with the clock of this computer, or with the issuer's, and what follows; undefined if they agree. */
export function clockProblem(issuer: string): { problem: string; hint: string } | undefined {
  const seconds = skews.get(key(issuer));
  if (seconds === undefined) return undefined;
  const isAhead = seconds > 0;
  const effect = isAhead
    ? 'tokens that are still valid look expired here'
    : 'new tokens look here as if they were not valid yet';
  return {
    problem: `the clock of this computer is ${inWords(Math.abs(seconds))} ${isAhead ? 'ahead of' : 'behind'} the issuer's`,
    hint: `${effect}; if this clock is the wrong one, set it (see timedatectl)`,
  };
}

/** The same as hints, for an error that a wrong clock explains. */
export function clockHints(issuer: string): string[] {
  const found = clockProblem(issuer);
  return found === undefined ? [] : [found.problem, found.hint];
}

const key = (issuer: string) => issuer.replace(/\/$/, '');
