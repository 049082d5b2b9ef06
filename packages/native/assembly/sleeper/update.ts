/**
 * `--restart-on-update`: looks whether the files of the agent were replaced, and has the new ones go on (docs/sleeping-agent.md). A Node
 * program is always started from the newest files; one that runs is to sleep soon. This program becomes the one that has replaced it,
 * in the same process.
 */
import { Frame } from '../generated';
import { EAGAIN } from '../system-errors';
import { Bytes } from './bytes';
import { Clients } from './clients/clients';
import { now } from './clock';
import { beginFrame, Reader, sayState, sayVersion } from './frames';
import * as host from './host';
import { Launch } from './launch';
import { address, listed } from './sockets/sockets';

/** Seconds that a new program gets to say so. */
const TRIAL_SECONDS: f64 = 30;

const SIGKILL: i32 = 9;

/** Three numbers: for the file at this program's place, for the Node program's, and for the one that this program was started from. */
const SEEN_BYTES: i32 = 24;
const seen = memory.data(24);
const pair = memory.data(8);

enum Stage {
  Idle,
  /** Another process looks at the files. */
  Looking,
  /** The new Node program says whether it runs, and then the program that has replaced this one. */
  TryingNode,
  TryingOwn,
}

@final
export class Update {
  /** From which the result of a look or a trial can be read; -1 for none. */
  fd: i32 = -1;
  private stage: Stage = Stage.Idle;
  /** Of the file that this program was started from; 0 if that is not known. */
  private running: u64 = 0;
  /** The files of the last look, and those that run or did not. */
  private lastOwn: u64 = 0;
  private lastScript: u64 = 0;
  private triedOwn: u64 = 0;
  private triedScript: u64 = 0;
  /** The program that is tried out, and how long that may take. */
  private process: i32 = 0;
  private deadline: f64 = Infinity;
  /** Whether this program is to become another one. */
  private replacesOwn: bool = false;
  /** Whether new files are there that run, and something has yet to be done. */
  isReady: bool = false;

  constructor(private readonly launch: Launch) {}

  /** Seconds until `dropLate` has something to do. */
  get patience(): f64 {
    return this.deadline - now.steady;
  }

  /** Begins to look at the files, if the agent follows updates. As long as a file server does not answer, it is not asked again. */
  look(): void {
    if (this.launch.ownProgram === '' || this.stage !== Stage.Idle) return;
    this.fd = host.look(address(this.launch.ownProgram), address(this.launch.script));
    if (this.fd >= 0) this.stage = Stage.Looking;
  }

  /** Takes the result of a look or a trial. */
  listen(): void {
    const count = host.read(this.fd, seen, SEEN_BYTES);
    if (count === EAGAIN) return;
    const stage = this.stage;
    this.stopWaiting();
    if (stage === Stage.Looking) {
      if (count === SEEN_BYTES) this.compare(load<u64>(seen), load<u64>(seen, 8), load<u64>(seen, 16));
    } else if (stage === Stage.TryingNode) {
      if (saysSameVersion(count)) this.useNode();
    } else {
      this.replacesOwn = count > 0;
      this.isReady = true;
    }
  }

  private stopWaiting(): void {
    host.close(this.fd);
    this.fd = -1;
    this.stage = Stage.Idle;
    this.deadline = Infinity;
  }

  /** New files count when they were the same at two looks: an installer may still be writing. */
  private compare(own: u64, script: u64, running: u64): void {
    const areSettled = own === this.lastOwn && script === this.lastScript;
    this.lastOwn = own;
    this.lastScript = script;
    if (this.running === 0) {
      this.running = running;
      this.triedOwn = running;
      this.triedScript = script;
    }
    const areNew = own !== this.triedOwn || script !== this.triedScript;
    if (!areSettled || !areNew || script === 0) return;
    this.triedOwn = own;
    this.triedScript = script;
    this.tryOut(Stage.TryingNode);
  }

  private useNode(): void {
    if (this.triedOwn === 0 || this.triedOwn === this.running) this.isReady = true;
    else if (!this.tryOut(Stage.TryingOwn)) this.isReady = true;
  }

  /** Starts a program that says something if it could go on. @returns whether that was possible */
  private tryOut(stage: Stage): bool {
    if (host.channel(pair) < 0) return false;
    const other = load<i32>(pair, 4);
    const list = listed([other]);
    this.process =
      stage === Stage.TryingNode
        ? host.spawnNode(address(this.launch.program), address(this.launch.script), list, 1)
        : host.spawnTrial(address(this.launch.ownProgram), list, 1);
    heap.free(list);
    host.close(other);
    this.fd = load<i32>(pair);
    const frames = new Bytes();
    sayVersion(frames);
    beginFrame(frames, Frame.TRIAL, 0);
    host.write(this.fd, frames.start, frames.size);
    frames.clear();
    this.stage = stage;
    this.deadline = now.steady + TRIAL_SECONDS;
    return true;
  }

  /** Ends a trial that takes too long. */
  dropLate(): void {
    if (now.steady < this.deadline) return;
    if (this.process > 0) host.signal(this.process, SIGKILL);
    const isNodeUsable = this.stage === Stage.TryingOwn;
    this.stopWaiting();
    if (isNodeUsable) this.isReady = true;
  }

  /** While no Node program runs: becomes the program that has replaced this one, if that is possible. */
  finish(state: Bytes, used: string[], clients: Clients): void {
    if (this.replacesOwn && !clients.mayMove) return;
    this.isReady = false;
    if (!this.replacesOwn) return;
    this.replacesOwn = false;
    const frames = new Bytes();
    const descriptors: i32[] = [];
    this.launch.handOver(frames, descriptors);
    clients.handOn(frames, descriptors);
    sayState(frames, state, used, this.launch.deaths);
    const list = listed(descriptors);
    host.become(
      address(this.launch.ownProgram),
      this.triedOwn,
      frames.start,
      frames.size,
      list,
      descriptors.length,
    );
    // It was removed or replaced once more meanwhile.
    heap.free(list);
    frames.clear();
  }
}

/** Whether a Node program that is tried out has said its version, which is the first thing that it does, and that is this one's. */
function saysSameVersion(count: i32): bool {
  if (count <= 0) return false;
  const said = new Bytes();
  said.append(seen, count);
  const frame = new Reader();
  return frame.begin(said) && frame.isSameVersion();
}
