/** The Node program of an agent that is awake: it has the sockets, the clients and the state, until it goes to sleep or dies. */
import { Frame } from '../generated';
import { encodeUtf8 } from '../text/utf8';
import { Bytes } from './bytes';
import { Channel } from './channel';
import { Client, sayClient } from './client';
import { now } from './clock';
import { beginFrame, sayBytes, sayState } from './frames';
import * as host from './host';
import { Launch } from './launch';
import { address, listed } from './sockets';

/** The first descriptor of those that a Node program gets. */
const FIRST_INHERITED: i32 = 3;
/** Node programs that may die within a minute. */
const MAX_DEATHS: i32 = 5;
const DEATHS_SECONDS: f64 = 60;

const SIGTERM: i32 = 15;

/** The answer where it does not start. */
export const NOT_STARTED = `{"status":"failure","error":"the program of the agent does not start","info":"hint: see whether node and jeton are where they were, then try again; the agent has kept its accounts\\n","kind":"try-again"}`;

@final
export class NodeProgram {
  readonly channel: Channel = new Channel();
  /** Its process id; 0 if there is none. */
  private process: i32 = 0;
  /** Whether it has taken the clients over. */
  isBorn: bool = false;
  /** Whether it is to sleep soon. */
  private isHurried: bool = false;
  private readonly deaths: f64[] = [];

  constructor(private readonly launch: Launch) {}

  get runs(): bool {
    return this.channel.isOpen;
  }

  /** Whether another program may be started: not where several have just died. */
  get canStart(): bool {
    while (this.deaths.length > 0 && this.deaths[0] < now.steady - DEATHS_SECONDS) this.deaths.shift();
    return this.deaths.length < MAX_DEATHS;
  }

  /** Starts the program. @returns whether that was possible */
  start(state: Bytes, used: string[], clients: Client[]): bool {
    this.isBorn = false;
    this.isHurried = false;
    const other = this.channel.open();
    if (other < 0) return false;
    const inherited: i32[] = [other];
    sayBytes(this.outgoing, Frame.SETTINGS, this.launch.settings);
    sayState(this.outgoing, state, used, this.launch.deaths);
    this.giveSockets(inherited);
    this.giveClients(clients, inherited);
    beginFrame(this.outgoing, Frame.BORN, 0);
    this.process = this.spawn(inherited);
    host.close(other);
    if (this.process < 0) return false;
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
    const process = host.spawn(
      address(this.launch.program),
      address(this.launch.script),
      list,
      inherited.length,
    );
    heap.free(list);
    return process;
  }

  /** Has it sleep soon: only the next program gets a socket that was made anew, or is the one of an update. */
  hurry(): void {
    if (this.isHurried) return;
    this.isHurried = true;
    if (this.isBorn) beginFrame(this.outgoing, Frame.HURRY, 0);
  }

  /** It has taken the clients over. */
  begin(): void {
    this.isBorn = true;
    if (this.isHurried) beginFrame(this.outgoing, Frame.HURRY, 0);
  }

  /** Has it end, once it has taken the clients over: before that, the signal would end it without a cleanup. */
  stop(): void {
    if (this.isBorn) host.signal(this.process, SIGTERM);
  }

  /** It has nothing more to say. */
  leave(): void {
    this.channel.close();
    this.process = 0;
  }

  /** It has died, or did not start. */
  lose(): void {
    this.leave();
    this.launch.deaths++;
    this.deaths.push(now.steady);
  }
}
