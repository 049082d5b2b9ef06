/**
 * The agent while it is awake (docs/sleeping-agent.md): a compiled program owns its sockets, and has started this one because something was
 * asked or is due that needs Node. It goes to sleep again by leaving its state and the answers that are ready, and by ending.
 */
import { rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Request } from '@jeton/protocol';
import { systemClock } from '../../concurrency/clock.ts';
import { keepMemoryOutOfCoreDumps } from '../../core-dump.ts';
import { agentPid } from '../agent-pid.ts';
import { failureOf, replacedProgram } from '../failure.ts';
import { letFinish } from '../grant/refresh/answers-under-way.ts';
import { Handlers } from '../requests/handlers.ts';
import { WAKE_AHEAD_SECONDS } from '../requests/ready-answers.ts';
import type { AgentSettings } from '../settings.ts';
import type { Handler } from '../socket/connection.ts';
import { type Door, groupDoor, ownerDoor } from '../socket/door.ts';
import { InheritedServer } from '../socket/inherited-server.ts';
import { identityOf } from '../socket/socket-file.ts';
import { type Birth, readBirth } from './birth.ts';
import { endProcess, endProcessNow } from './end.ts';
import { ANSWERED_ASLEEP, FrameReader, frame, frameKinds } from './frames.ts';
import { openNoDebugger, surviveErrors } from './last-resort.ts';
import { readyFrames } from './ready-frames.ts';
import { CHANNEL, send } from './sleeper-channel.ts';

/** Milliseconds between two checks of whether the agent can sleep. */
const LOOK_MS = 250;
/** Milliseconds in which connected clients get their answers, while the agent accepts no new ones. */
const DRAIN_MS = 20;

/** Milliseconds in which this process, whose compiled program has died, still accepts the clients that had connected. */
const ORPHAN_MS = 100;

/**
 * The most that the process that sleeps is given to keep, which is a hundred times as much as a user needs. It has several copies at
 * times, and 64 MiB for all that it does.
 */
const MAX_REMAINS_BYTES = 8 * 1024 * 1024;

async function main(): Promise<void> {
  keepMemoryOutOfCoreDumps();
  process.title = 'jeton: awake agent';
  agentPid.current = process.ppid;
  const birth = readBirth();
  // The agent creates every file for its owner only.
  process.umask(0o077);
  // As in run.ts.
  process.env.UV_THREADPOOL_SIZE ??= '16';
  openNoDebugger();
  let agent: AwakeAgent | undefined;
  replacedProgram.letNextGoOn = () => agent?.hurry();
  try {
    agent = new AwakeAgent(birth, await logOf(birth.settings));
    agent.begin();
  } catch (error) {
    send(frame('trouble', { bytes: JSON.stringify(failureOf(error)) }));
    process.exit(1);
  }
  surviveErrors();
}

/** Loads the log only where it is wanted. */
async function logOf(settings: AgentSettings): Promise<Log> {
  const { debug, logStderr } = settings;
  if (!debug && !logStderr) return { ofHandler: (handle) => handle, ofDoor: (door) => door };
  const { loggedDoor, requestLog } = await import('../requests/request-log.ts');
  return { ofHandler: await requestLog(settings), ofDoor: (door) => loggedDoor(door, settings) };
}

/** Adds the log of requests to a handler, and of refused ones to a door. */
interface Log {
  readonly ofHandler: (handle: Handler) => Handler;
  readonly ofDoor: (door: Door) => Door;
}

function isAnsweredAsleep({ request }: Request): boolean {
  return ANSWERED_ASLEEP.some((name) => name === request);
}

class AwakeAgent {
  readonly #birth: Birth;
  readonly #handlers: Handlers;
  readonly #server: InheritedServer;
  readonly #sleepAfterSeconds: number;
  /** When something was asked last that an agent cannot answer in its sleep; by the steady clock. */
  #lastNeeded: number;
  #isHurried = false;
  #isStopping = false;
  #isDraining = false;
  #isSaving = false;
  /** Whether it holds more than the process that sleeps can keep. */
  #isTooLarge = false;
  /** Whether this process has had more in its memory than the ciphertext of a locked agent. */
  #hasHadSecrets = true;
  #next: NodeJS.Timeout | undefined;

  constructor(birth: Birth, log: Log) {
    this.#birth = birth;
    const { settings } = birth;
    this.#sleepAfterSeconds = settings.sleepAfterSeconds ?? Number.POSITIVE_INFINITY;
    // Without a client, something is due: when that is done, nothing suggests that more will be asked.
    this.#lastNeeded = birth.clients.length > 0 ? systemClock.steady() : Number.NEGATIVE_INFINITY;
    this.#handlers = new Handlers(settings, undefined, () => this.#saveSoon());
    const { group } = settings;
    const doors = group === undefined ? [ownerDoor] : [ownerDoor, log.ofDoor(groupDoor(group.name))];
    this.#server = new InheritedServer(doors, birth.listeners, log.ofHandler(this.#handle));
  }

  begin(): void {
    if (this.#birth.state !== '') this.#handlers.resume(this.#birth.state, this.#birth.used);
    this.#hasHadSecrets = !this.#handlers.isLocked;
    const channel = new Socket({ fd: CHANNEL });
    const frames = new FrameReader();
    channel
      .on('data', (piece: Buffer) => {
        for (const { kind } of frames.push(piece)) if (kind === frameKinds.hurry) this.hurry();
      })
      .on('error', () => undefined)
      .once('close', () => void this.#leaveOrphaned());
    process.once('SIGTERM', () => void this.#stop());
    process.once('SIGINT', () => void this.#stop());
    process.on('SIGHUP', () => undefined);
    this.#server.accept();
    this.#server.take(this.#birth.clients);
    send(frame('awake'));
    this.#lookSoon();
  }

  /** Has it sleep as soon as nothing is in progress. */
  hurry(): void {
    this.#isHurried = true;
  }

  readonly #handle: Handler = (request, client) => {
    if (request.request === 'unlock') this.#hasHadSecrets = true;
    const answer = this.#handlers.handle(request, client);
    if (!(answer instanceof Promise)) {
      // The client gets the answer before any other task runs.
      this.#save();
      // The agent leaves no token with a remark ready for its sleep.
      const hasRemark = request.request === 'access_token' && 'info' in answer;
      if (!isAnsweredAsleep(request) || hasRemark || this.#birth.settings.debug) this.#needed();
      return answer;
    }
    this.#needed();
    return answer.finally(() => this.#needed());
  };

  #needed(): void {
    this.#lastNeeded = systemClock.steady();
    this.#isTooLarge = false;
    if (this.#sleepAfterSeconds === 0 || this.#isToForget) setImmediate(() => this.#lookSoon(1));
  }

  /** Whether the agent is locked, and only the end of this process makes the secrets vanish from its memory. */
  get #isToForget(): boolean {
    return this.#handlers.isLocked && this.#hasHadSecrets;
  }

  /** Gives the compiled program what must survive the end of this process. */
  #saveSoon(): void {
    if (this.#isSaving || this.#isStopping) return;
    this.#isSaving = true;
    queueMicrotask(() => this.#save());
  }

  #save(): void {
    if (!this.#isSaving) return;
    this.#isSaving = false;
    const state = this.#handlers.snapshot();
    // In place of one that is too large, none: an older one may have what was removed since, or not be locked.
    if (state !== undefined) send(frame('state', { bytes: isTooLarge(state) ? '' : state }));
  }

  #lookSoon(milliseconds = LOOK_MS): void {
    clearTimeout(this.#next);
    // This timer also keeps the process alive.
    this.#next = setTimeout(() => void this.#look(), milliseconds);
  }

  async #look(): Promise<void> {
    if (this.#isStopping || this.#isDraining) return;
    const rested = systemClock.steady() - this.#lastNeeded;
    const isTired = rested >= this.#sleepAfterSeconds || this.#isHurried || this.#isToForget;
    const canSleep = () => this.#handlers.isIdle && this.#handlers.nextDueIn > WAKE_AHEAD_SECONDS + 1;
    const mayTry = isTired && !this.#isTooLarge && canSleep();
    if (mayTry && (await this.#isAlone()) && canSleep()) this.#sleep();
    if (this.#isStopping) return;
    if (!this.#server.isAccepting) this.#server.accept();
    this.#lookSoon(this.#sleepAfterSeconds === 0 && this.#server.clients > 0 ? 5 : LOOK_MS);
  }

  /** Whether no client is connected; perhaps none is accepted any more then. */
  async #isAlone(): Promise<boolean> {
    if (this.#server.clients > 0) {
      if (!this.#server.canAcceptAgain) return false;
      // Under load there is no moment without a client: those that are there get their answers, the next ones wait for a moment.
      this.#isDraining = true;
      const until = systemClock.steady() + DRAIN_MS / 1000;
      this.#server.stopAccepting();
      while (this.#server.clients > 0 && systemClock.steady() < until) {
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      this.#isDraining = false;
    }
    return this.#server.clients === 0 && !this.#isStopping;
  }

  /** In one turn, so that nothing can come in between. Returns if it cannot sleep. */
  #sleep(): void {
    const state = this.#handlers.snapshot();
    if (state === undefined) return;
    const remains = Buffer.concat([frame('state', { bytes: state }), ...readyFrames(this.#handlers.ready())]);
    this.#isTooLarge = isTooLarge(remains);
    if (this.#isTooLarge) return;
    this.#server.stopAccepting();
    send(remains);
    endProcessNow();
  }

  /**
   * The compiled program, which users know as the agent, has died. This process finishes what it has begun, and answers the clients
   * that have connected; others no longer find a socket.
   */
  async #leaveOrphaned(): Promise<void> {
    if (this.#isStopping) return;
    for (const { path, identity } of this.#birth.listeners) {
      if (identityOf(path) === identity) rmSync(path, { force: true });
    }
    await pause(ORPHAN_MS);
    await this.#stop();
  }

  async #stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    try {
      // Together: closing the handlers rejects the requests in the queues and prompts, and only then can the server finish.
      await letFinish(Promise.all([this.#server.close(), this.#handlers.close()]));
    } finally {
      await endProcess();
    }
  }
}

/** Whether the process that sleeps would not have enough memory for something. */
function isTooLarge(remains: string | Buffer): boolean {
  return Buffer.byteLength(remains) > MAX_REMAINS_BYTES;
}

void main();
