/** When the sleeping agent has to wake without a client, and whether it has to be awake at its end. */
import { now } from './clock';
import { Reader } from './frames';

@final
export class Schedule {
  /** When it has something to do next, by both clocks. */
  private wall: f64 = Infinity;
  private steady: f64 = Infinity;
  /** Whether only the Node program can look, at the agent's end, whether all is on the disk. */
  endsAwake: bool = false;

  get dueIn(): f64 {
    return now.until(this.wall, this.steady);
  }

  /** Reads what the Node program says when it falls asleep: the content of a frame ASLEEP. */
  read(frame: Reader): void {
    this.wall = frame.f64();
    this.steady = frame.f64();
    this.endsAwake = frame.u32() !== 0;
  }

  /** The Node program runs, and knows it itself. */
  clear(): void {
    this.wall = Infinity;
    this.steady = Infinity;
  }

  /** No Node program has said what is due: with accounts, that may be anything. */
  expectAnything(hasAccounts: bool): void {
    this.endsAwake = hasAccounts;
    this.steady = hasAccounts ? now.steady : Infinity;
  }
}
