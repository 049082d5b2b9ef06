/** The Node program of an agent that is awake: it has the sockets, the clients and the state, until it goes to sleep or dies. */
import { Frame, OTHER_VERSION } from '../../generated';
import { encodeUtf8 } from '../../text/utf8';
import { Bytes } from '../bytes';
import { Client, sayClient } from '../clients/client';
import { now } from '../clock';
import { READABLE } from '../events';
import { beginFrame, Reader, sayBytes, sayState, sayVersion } from '../frames';
import * as host from '../host';
import { Launch } from '../launch';
import { address, listed } from '../sockets/sockets';
import { Attempts } from './attempts';
import { Channel } from './channel';
import { hasEnded, noChannel, noProcess, tooLate } from './start-failure';

/** The first descriptor of those that a Node program gets. */
const FIRST_INHERITED: i32 = 3;
/** Programs of which the system has not said yet that they have ended: on a disk that hangs, one cannot even be killed. */
const MAX_UNENDED: i32 = 5;
/** Seconds after which a start counts as slow: others have their answers meanwhile, if these are ready. */
const SLOW_SECONDS: f64 = 3;
/** Seconds that a program gets to end: one that is waiting for an issuer needs up to 34. Less if it has not begun to run. */
const END_SECONDS: f64 = 60;
const UNBORN_END_SECONDS: f64 = 5;
/** Milliseconds to wait for the exit status of a program that has closed the channel. */
const STATUS_MS: i32 = 100;

const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;

const NOT_ENDED: i32 = i32.MIN_VALUE;
const endStatus = memory.data(4);
const signalEntry = memory.data(8);

@final
export class NodeProgram {
  readonly channel: Channel = new Channel();
  /** Its process id; 0 if there is none. */
  private process: i32 = 0;
  /** Whether its first frame was of the same version. */
  isUnderstood: bool = false;
  /** Whether it has taken the clients over. */
  isBorn: bool = false;
  /** Whether it is to sleep soon. */
  private isHurried: bool = false;
  /** How the program has ended; NOT_ENDED before. */
  private end: i32 = NOT_ENDED;
  /** Programs that have not ended. */
  private readonly unended: i32[] = [];
  /** A program that has gone to sleep, and has nothing to do but to end. */
  private former: i32 = 0;
  /** When the program must have started, or ended; by the steady clock. */
  private deadline: f64 = Infinity;
  /** From when on its start is slow. */
  private slowAt: f64 = 0;
  readonly attempts: Attempts = new Attempts();
  /** The answer for clients that need a program where none has started. */
  private readonly trouble: Bytes = new Bytes();

  constructor(private readonly launch: Launch) {}

  get runs(): bool {
    return this.channel.isOpen;
  }

  /** Whether another program may be started: not where several have just died, or do not end. */
  get canStart(): bool {
    return !this.attempts.areTooMany && this.unended.length < MAX_UNENDED;
  }

  /** The answer for clients that says why no program was started. */
  get failure(): string {
    return this.trouble.toString();
  }

  /** Seconds until the program must have started, or ended. */
  get timeLeft(): f64 {
    return this.deadline - now.steady;
  }

  /** Seconds until the agent has to act on it: its start is slow, or its time is over. */
  get patience(): f64 {
    const isStarting = this.runs && !this.isBorn && !this.isSlow;
    return isStarting ? min(this.timeLeft, this.slowAt - now.steady) : this.timeLeft;
  }

  /** Whether it should have started by now. */
  get isSlow(): bool {
    return this.runs && !this.isBorn && now.steady >= this.slowAt;
  }

  /** Starts the program. @returns whether that was possible; `failure` says why not */
  start(state: Bytes, used: string[], clients: Client[]): bool {
    if (!this.canStart) {
      this.attempts.waitLonger();
      return false;
    }
    this.isUnderstood = false;
    this.isBorn = false;
    this.isHurried = false;
    this.end = NOT_ENDED;
    this.trouble.clear();
    // The former program holds the sockets as long as it runs.
    if (this.former > 0) host.signal(this.former, SIGKILL);
    const other = this.channel.open();
    if (other < 0) {
      this.fail(noChannel(other));
      return false;
    }
    const inherited: i32[] = [other];
    sayVersion(this.outgoing);
    sayBytes(this.outgoing, Frame.SETTINGS, this.launch.settings);
    sayState(this.outgoing, state, used, this.launch.deaths);
    this.giveSockets(inherited);
    this.giveClients(clients, inherited);
    beginFrame(this.outgoing, Frame.BORN, 0);
    const process = this.spawn(inherited);
    host.close(other);
    if (process < 0) {
      this.channel.close();
      this.fail(noProcess(process));
      return false;
    }
    this.process = process;
    this.unended.push(process);
    this.deadline = now.steady + this.launch.startSeconds;
    this.slowAt = this.attempts.haveFailed
      ? now.steady
      : now.steady + min(SLOW_SECONDS, this.launch.startSeconds / 4);
    this.channel.flush();
    return true;
  }

  private get outgoing(): Bytes {
    return this.channel.outgoing;
  }

  private giveSockets(inherited: i32[]): void {
    const sockets = this.launch.sockets;
    const out = this.outgoing;
    for (let index = 0; index < sockets.length; index++) {
      const socket = sockets[index];
      if (socket.fd < 0) continue;
      const path = encodeUtf8(socket.path);
      beginFrame(out, Frame.LISTENER, 28 + path.byteLength);
      out.appendU32(FIRST_INHERITED + inherited.length);
      // Once more, for a Node program that had begun to go to sleep.
      out.appendU32(FIRST_INHERITED + inherited.length + 1);
      out.appendU32(socket.door);
      out.appendU64(socket.device);
      out.appendU64(socket.inode);
      out.append(changetype<usize>(path), path.byteLength);
      inherited.push(socket.fd);
      inherited.push(socket.fd);
    }
  }

  private giveClients(clients: Client[], inherited: i32[]): void {
    for (let index = 0; index < clients.length; index++) {
      sayClient(this.outgoing, clients[index], FIRST_INHERITED + inherited.length);
      inherited.push(clients[index].fd);
    }
  }

  private spawn(inherited: i32[]): i32 {
    const list = listed(inherited);
    const process = host.spawnNode(
      address(this.launch.program),
      address(this.launch.script),
      list,
      inherited.length,
    );
    heap.free(list);
    return process;
  }

  /**
   * Has it sleep soon: only the next program gets a socket that was made anew, is the one of an update, or gets the clients that have
   * come since this one's start.
   */
  hurry(): void {
    if (this.isHurried) return;
    this.isHurried = true;
    if (this.isBorn) beginFrame(this.outgoing, Frame.HURRY, 0);
  }

  /** It has taken the clients over. */
  begin(): void {
    this.isBorn = true;
    this.deadline = Infinity;
    if (this.isHurried) beginFrame(this.outgoing, Frame.HURRY, 0);
  }

  /** Has it end, once it has taken the clients over: before that, the signal would end it without a cleanup. */
  stop(): void {
    this.deadline = min(this.deadline, now.steady + (this.isBorn ? END_SECONDS : UNBORN_END_SECONDS));
    if (this.isBorn) host.signal(this.process, SIGTERM);
  }

  /** It has gone to sleep. */
  leave(): void {
    this.former = this.process;
    this.attempts.forget();
    this.forget();
  }

  private forget(): void {
    this.channel.close();
    this.process = 0;
    this.deadline = Infinity;
  }

  /** Takes notice of programs that have ended. */
  noticeEnds(): void {
    for (let process = host.reap(endStatus); process > 0; process = host.reap(endStatus)) {
      const index = this.unended.indexOf(process);
      if (index >= 0) this.unended.splice(index, 1);
      if (process === this.process) this.end = load<i32>(endStatus);
      if (process === this.former) this.former = 0;
    }
  }

  /** Takes its first frame. @returns whether the next ones can be understood */
  meet(frame: Reader): bool {
    this.isUnderstood = frame.isSameVersion();
    if (this.isUnderstood) return true;
    this.trouble.clear();
    this.trouble.appendText(OTHER_VERSION);
    host.signal(this.process, SIGKILL);
    return false;
  }

  /** It cannot run, and says why. */
  takeTrouble(answer: Bytes): void {
    this.trouble.become(answer);
  }

  /** It has died, did not start, or takes too long for that. */
  lose(): void {
    this.launch.deaths++;
    this.attempts.countDeath();
    const isLate = this.timeLeft <= 0;
    if (isLate) host.signal(this.process, SIGKILL);
    else if (this.end === NOT_ENDED) this.waitForStatus();
    if (this.trouble.size > 0) this.attempts.waitLonger();
    else if (isLate) this.fail(tooLate(this.launch.startSeconds));
    else this.fail(hasEnded(this.end, this.launch.program, this.launch.script));
    this.forget();
  }

  private waitForStatus(): void {
    store<i32>(signalEntry, host.signals());
    store<i32>(signalEntry, READABLE, 4);
    host.poll(signalEntry, 1, STATUS_MS);
    this.noticeEnds();
  }

  private fail(answer: string): void {
    this.trouble.clear();
    this.trouble.appendText(answer);
    this.attempts.waitLonger();
  }
}
