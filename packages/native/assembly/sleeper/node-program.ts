/** The Node program of an agent that is awake: it has the sockets, the clients and the state, until it goes to sleep or dies. */
import { Frame } from '../generated';
import { encodeUtf8 } from '../text/utf8';
import { Bytes } from './bytes';
import { Channel } from './channel';
import { Client } from './client';
import { now } from './clock';
import { beginFrame } from './frames';
import * as host from './host';
import { Launch } from './launch';
import { address } from './sockets';

/** The first descriptor of those that a Node program gets. */
const FIRST_INHERITED: i32 = 3;
/** Node programs that may die within a minute. */
const MAX_DEATHS: i32 = 5;
const DEATHS_SECONDS: f64 = 60;

const SIGTERM: i32 = 15;

@final
export class NodeProgram {
  readonly channel: Channel = new Channel();
  /** Its process id; 0 if there is none. */
  private process: i32 = 0;
  /** Whether it has taken the clients over. */
  isBorn: bool = false;
  /** Whether a socket was made anew that it does not have. */
  private needsSocket: bool = false;
  private readonly deaths: f64[] = [];
  private deathCount: u32 = 0;

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
    this.needsSocket = false;
    const other = this.channel.open();
    if (other < 0) return false;
    const inherited: i32[] = [other];
    this.sayBytes(Frame.SETTINGS, this.launch.settings);
    this.sayBytes(Frame.STATE, state);
    for (let index = 0; index < used.length; index++) this.sayText(Frame.USED, used[index]);
    beginFrame(this.outgoing, Frame.DEATHS, 4);
    this.outgoing.appendU32(this.deathCount);
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

  private sayBytes(kind: i32, bytes: Bytes): void {
    beginFrame(this.outgoing, kind, bytes.size);
    this.outgoing.append(bytes.start, bytes.size);
  }

  private sayText(kind: i32, text: string): void {
    const encoded = encodeUtf8(text);
    beginFrame(this.outgoing, kind, encoded.byteLength);
    this.outgoing.append(changetype<usize>(encoded), encoded.byteLength);
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
    const out = this.outgoing;
    for (let index = 0; index < clients.length; index++) {
      const client = clients[index];
      beginFrame(out, Frame.CLIENT, 8 + client.received.size);
      out.appendU32(FIRST_INHERITED + inherited.length);
      out.appendU32(client.door);
      out.append(client.received.start, client.received.size);
      inherited.push(client.fd);
    }
  }

  private spawn(inherited: i32[]): i32 {
    const count = inherited.length;
    const list = heap.alloc(count << 2);
    for (let index = 0; index < count; index++) store<i32>(list + (index << 2), inherited[index]);
    const process = host.spawn(address(this.launch.program), address(this.launch.script), list, count);
    heap.free(list);
    return process;
  }

  /** Notes that it is to sleep soon: only the next program gets a socket that was made anew. */
  addSocket(): void {
    this.needsSocket = true;
  }

  /** Says so, as soon as the program can hear it. */
  hurryIfNeeded(): void {
    if (!this.needsSocket || !this.isBorn) return;
    this.needsSocket = false;
    beginFrame(this.outgoing, Frame.HURRY, 0);
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
    this.deathCount++;
    this.deaths.push(now.steady);
  }
}
