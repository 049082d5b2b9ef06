/** How often the Node program may be started, which is less and less often as long as it fails. */
import { now } from '../clock';

/** Node programs that may die within a minute. */
const MAX_DEATHS: i32 = 5;
const DEATHS_SECONDS: f64 = 60;
/** Seconds until a program is started again for what is due; twice as many after each further failure. */
const PAUSE_SECONDS: f64 = 1;
const MAX_PAUSE_SECONDS: f64 = 600;
/** Failures after which the pause is the longest in any case. */
const MAX_FAILURES: i32 = 10;

@final
export class Attempts {
  private readonly deaths: f64[] = [];
  /** Failures since a program has gone to sleep in order. */
  private failures: i32 = 0;
  private pauseUntil: f64 = 0;

  /** Whether so many have just died that no other may be started. */
  get areTooMany(): bool {
    while (this.deaths.length > 0 && this.deaths[0] < now.steady - DEATHS_SECONDS) this.deaths.shift();
    return this.deaths.length >= MAX_DEATHS;
  }

  /** Whether the last one has failed. */
  get haveFailed(): bool {
    return this.failures > 0;
  }

  /** Seconds until a program may be started for what is due. */
  get pause(): f64 {
    return this.pauseUntil - now.steady;
  }

  /** A program has died, or did not start. */
  countDeath(): void {
    this.deaths.push(now.steady);
  }

  waitLonger(): void {
    const pause = PAUSE_SECONDS * 2 ** f64(this.failures);
    this.failures = min(this.failures + 1, MAX_FAILURES);
    this.pauseUntil = now.steady + min(pause, MAX_PAUSE_SECONDS);
  }

  /** A program has gone to sleep in order. */
  forget(): void {
    this.failures = 0;
    this.pauseUntil = 0;
  }
}
