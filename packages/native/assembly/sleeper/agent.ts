/**
 * The agent: asleep it accepts clients and answers what is ready, awake it leaves that to the Node program. Its id is the one that
 * clients and users know, in both shapes.
 */
import { Frame } from '../generated';
import { EAGAIN } from '../system-errors';
import { Bytes } from './bytes';
import { Answering } from './clients/answering';
import { Clients } from './clients/clients';
import { Ready } from './clients/ready';
import { Reception } from './clients/reception';
import { lookAtClocks, now } from './clock';
import { Events, READABLE } from './events';
import { Reader } from './frames';
import { collectGarbage } from './garbage';
import * as host from './host';
import { Launch, STARTER_FD } from './launch';
import { NodeProgram } from './node/node-program';
import { Schedule } from './schedule';
import { Shape } from './shape';
import { takeSignals } from './signals';
import { SocketCheck } from './sockets/socket-check';
import { RETRY_SECONDS } from './sockets/socket-folder';
import { Update } from './update';

/** Seconds after which the clocks are looked at again: one may have been set, or the computer may have slept. */
const LOOK_SECONDS: f64 = 30;
/** Seconds after which the sockets are looked after again, where another process held the lock of one. */
const UNDECIDED_SECONDS: f64 = 0.5;

@final
export class Agent {
  private shape: Shape = Shape.Asleep;
  private readonly launch: Launch = new Launch();
  /** The accounts, which only the Node program reads. */
  private readonly state: Bytes = new Bytes();
  private readonly ready: Ready = new Ready();
  /** Answers of a Node program that is about to sleep. */
  private coming: Ready = new Ready();
  private readonly answering: Answering = new Answering(this.ready);
  private readonly clients: Clients = new Clients();
  private readonly reception: Reception = new Reception(this.clients, this.launch.sockets, this.answering);
  private readonly node: NodeProgram = new NodeProgram(this.launch);
  private readonly update: Update = new Update(this.launch);
  private readonly schedule: Schedule = new Schedule();
  private readonly events: Events = new Events();
  /** By the steady clock. */
  private nextCheck: f64 = 0;

  /** Reads the frames of the starter, and listens. @returns whether the agent runs; if not, the starter has got the reason */
  begin(): bool {
    this.ready.setProcessId(host.processId());
    lookAtClocks();
    this.launch.read(this.state, this.ready, this.clients);
    this.answering.areLogged = this.launch.isLogged;
    this.nextCheck = now.steady + this.launch.checkSeconds;
    this.update.look();
    // A program that goes on as this agent has no answers yet.
    if (this.launch.isContinued) this.schedule.expectAnything(this.state.size > 0);
    return this.launch.begin();
  }

  /** One round: waits for an event, and deals with it. @returns whether the agent goes on */
  step(): bool {
    collectGarbage(this.answering.requests);
    const events = this.events;
    events.clear();
    const signals = events.add(host.signals(), READABLE);
    const starter = events.add(this.launch.endsWithStarter ? STARTER_FD : -1, READABLE);
    const channel = events.add(this.node.channel.fd, this.node.channel.events);
    const update = events.add(this.update.fd, READABLE);
    const isAccepting = this.accepts && !this.reception.isPaused;
    const firstSocket = events.size;
    if (isAccepting) this.reception.addTo(events);
    const firstClient = events.size;
    const clientCount = this.clients.addTo(events);
    events.wait(i32(Math.ceil(max(this.patience, 0) * 1000)));
    lookAtClocks();
    // Each of these may end what the others wait for; that is seen in the next round.
    if (events.happened(signals)) {
      if (takeSignals(this.node)) this.end();
    } else if (events.happened(starter)) {
      this.launch.endsWithStarter = false;
      this.end();
    } else if (events.happened(channel)) {
      this.listenToNode();
    } else if (events.happened(update)) {
      this.update.listen();
    } else {
      // First, because clients that have gone make room for others.
      this.reception.serve(events, firstClient, clientCount);
      if (isAccepting) this.reception.accept(events, firstSocket);
    }
    this.keepTime();
    if (this.reception.needNode) this.wake();
    return this.shape !== Shape.Leaving || !this.launch.folder.remove();
  }

  /** Whether this process accepts clients; also for a Node program that is slow to start, as what is ready needs none. */
  private get accepts(): bool {
    return this.shape === Shape.Asleep || (this.shape === Shape.Awake && this.node.isSlow);
  }

  /** Whether it has not begun to end. */
  private get isRunning(): bool {
    return this.shape === Shape.Asleep || this.shape === Shape.Awake;
  }

  /** Seconds until there is something to do without an event. */
  private get patience(): f64 {
    if (this.shape === Shape.Leaving) return RETRY_SECONDS;
    let seconds = min(LOOK_SECONDS, min(this.clients.patience, this.reception.patience));
    seconds = min(seconds, this.update.patience);
    seconds = min(seconds, this.node.patience);
    if (this.shape === Shape.Asleep) seconds = min(seconds, this.dueIn);
    return this.isRunning ? min(seconds, this.nextCheck - now.steady) : seconds;
  }

  /** Seconds until the Node program has something to do, and may be started for that. */
  private get dueIn(): f64 {
    const seconds = min(this.schedule.dueIn, this.ready.dueIn(now));
    return max(seconds, this.node.attempts.pause);
  }

  /** Does what is due without an event. */
  private keepTime(): void {
    this.reception.dropLate();
    if (this.node.runs && this.node.timeLeft <= 0) this.lose();
    if (this.shape === Shape.Asleep && this.dueIn <= 0) this.reception.needNode = true;
    this.update.dropLate();
    if (!this.isRunning) return;
    // Clients that wait for Node get there first.
    if (this.update.isReady && !this.reception.needNode) this.followUpdate();
    if (now.steady < this.nextCheck) return;
    this.nextCheck = now.steady + this.launch.checkSeconds;
    this.update.look();
    this.checkSockets();
  }

  /** After an update: has this Node program sleep soon, because the next one is new, or becomes the new version of this program. */
  private followUpdate(): void {
    if (this.shape === Shape.Awake) this.node.hurry();
    else this.update.finish(this.state, this.ready.used(), this.clients);
  }

  /** Listens again where a socket has vanished; ends the agent if other processes listen at all places of the owner. */
  private checkSockets(): void {
    const check = new SocketCheck(this.launch.sockets);
    if (check.isUndecided) this.nextCheck = min(this.nextCheck, now.steady + UNDECIDED_SECONDS);
    if (check.hasNew && this.shape === Shape.Awake) this.node.hurry();
    if (check.isLost) this.end();
  }

  /** Starts the Node program: with the sockets, the state, and the clients that are there. */
  private wake(): void {
    this.reception.needNode = false;
    if (this.shape !== Shape.Asleep) return;
    const isStarted = this.node.start(this.state, this.ready.used(), this.clients.handOver());
    if (isStarted) this.shape = Shape.Awake;
    else this.reception.refuse(this.node.failure);
  }

  /** Reads what the Node program says, and sends it the rest of what is for it. */
  private listenToNode(): void {
    const channel = this.node.channel;
    channel.flush();
    while (channel.isOpen) {
      const count = channel.receive();
      if (count === EAGAIN) return;
      if (count <= 0) this.lose();
      else while (channel.isOpen && channel.next()) this.take(channel.frame);
    }
  }

  private take(frame: Reader): void {
    const kind = frame.kind;
    if (!this.node.isUnderstood) {
      if (!this.node.meet(frame)) this.lose();
    } else if (kind === Frame.STATE) this.state.become(frame.rest());
    else if (kind === Frame.ENTRY) this.coming.addEntry(frame);
    else if (kind === Frame.FIXED) this.coming.addFixed(frame);
    else if (kind === Frame.AWAKE) this.leaveToNode();
    else if (kind === Frame.TROUBLE) this.node.takeTrouble(frame.rest());
    else if (kind === Frame.ASLEEP) this.fallAsleep(frame);
  }

  /** The Node program gives out what is ready, from now on. */
  private leaveToNode(): void {
    this.node.begin();
    this.schedule.clear();
    this.ready.clear();
    this.clients.forgetHandedOver();
    if (this.clients.areAsking) this.node.hurry();
    if (this.shape === Shape.Ending) this.node.stop();
  }

  private fallAsleep(frame: Reader): void {
    this.schedule.read(frame);
    this.ready.take(this.coming);
    this.coming = new Ready();
    this.node.leave();
    const isEnding = this.shape === Shape.Ending;
    this.shape = Shape.Asleep;
    this.reception.needNode = this.clients.areAsking;
    // The Node program fell asleep before it heard of the end.
    if (isEnding) this.end();
  }

  /** The Node program has died, or did not start. */
  private lose(): void {
    this.node.lose();
    this.coming.clear();
    if (this.shape === Shape.Ending) {
      this.prepareToLeave();
      return;
    }
    this.shape = Shape.Asleep;
    // The status says how many Node programs have died.
    this.ready.forgetStatus();
    if (!this.node.isBorn) {
      this.reception.refuse(this.node.failure);
      return;
    }
    this.reception.needNode = this.clients.areAsking;
    this.schedule.expectAnything(this.state.size > 0);
  }

  /** Ends the agent: at once, or when the Node program has finished what it has begun. */
  private end(): void {
    if (this.shape === Shape.Ending || this.shape === Shape.Leaving) return;
    if (this.shape === Shape.Asleep && this.schedule.endsAwake) this.wake();
    if (!this.node.runs) {
      this.prepareToLeave();
      return;
    }
    this.launch.removeSockets();
    this.clients.dropOwn();
    this.shape = Shape.Ending;
    this.node.stop();
  }

  private prepareToLeave(): void {
    this.launch.removeSockets();
    this.clients.dropOwn();
    this.launch.pidFile.remove();
    this.state.clear();
    this.ready.clear();
    this.shape = Shape.Leaving;
    this.launch.folder.begin();
  }
}
