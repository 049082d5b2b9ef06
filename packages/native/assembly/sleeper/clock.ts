/** The two clocks, as packages/agent/src/concurrency/clock.ts has them; each round of the agent looks at them once. */
import * as host from './host';

/** A moment, in seconds. */
@final
export class Moment {
  constructor(
    readonly wall: f64,
    readonly steady: f64,
  ) {}

  /** Seconds until a deadline that is on both clocks, by the one that says less. */
  until(wall: f64, steady: f64): f64 {
    return min(wall - this.wall, steady - this.steady);
  }

  /** Whether the wall clock was set back since there was a deadline on both clocks, by so much that a time of the day shows it. */
  isSetBack(wall: f64, steady: f64): bool {
    return wall - this.wall - (steady - this.steady) > 0.5;
  }
}

/** This round's moment. */
export let now = new Moment(0, 0);

export function lookAtClocks(): void {
  now = new Moment(host.wall(), host.steady());
}
