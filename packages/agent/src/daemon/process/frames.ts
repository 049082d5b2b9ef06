/**
 * The frames between the agent that sleeps, a compiled program, and the Node program (docs/sleeping-agent.md): four bytes with the length of
 * the content, one with its kind, the content. Numbers are little-endian, a text has its length in four bytes in front. The other
 * side is packages/native/assembly/sleeper/frames.ts.
 */
import type { RequestName } from '@jeton/protocol';

/**
 * The version of all frames and of what they mean, which either side says in its first frame: an update may replace the file of one side
 * while the other side runs. Raise it where an older program would misunderstand a newer one; a kind of frames that it may ignore is no
 * such case. Agents that run then have to be started again, and say so.
 */
export const PROTOCOL_VERSION = 1;

/** The kinds of frames. `npm run build:native` takes them over for the compiled programs. */
export const frameKinds = {
  /** The first frame in each direction: PROTOCOL_VERSION. This one never changes. */
  version: 0,
  /** From the program that starts the agent: what to run when it wakes ... */
  program: 1,
  script: 2,
  /** ... its settings, which only the Node program reads ... */
  settings: 3,
  /** ... a socket: its door, whether it is needed, the id of its group or -1, its path, the folder to share or nothing, the descriptor of a socket of systemd or 0 ... */
  socket: 4,
  /**
   * ... the folder to remove at the end, the file for the process id, and how often to look after the sockets, whether the agent
   * ends with its starter, how long a Node program may take to start or 0.
   */
  folder: 5,
  pidFile: 6,
  timing: 7,
  /** The accounts, in both directions: opaque to the sleeping agent. */
  state: 8,
  /**
   * To a Node program: the name of an entry that was used, a listening socket, a client with what it has sent, and how many of its
   * kind died. A client has the key of an encrypted conversation if both sides have sent their public keys; then it has sent the
   * rest after its own.
   */
  used: 9,
  listener: 10,
  client: 11,
  deaths: 12,
  /** ... and that this was all. */
  born: 13,
  /** From a Node program: it has taken the clients over. */
  awake: 14,
  /** ... a token that is ready, an answer that does not change, and that it has ended its work. */
  entry: 15,
  fixed: 16,
  asleep: 17,
  /** To a Node program: sleep soon, because only the next one gets a socket that the agent has made again, or is from an update. */
  hurry: 18,
  /** From the program that starts the agent: the Node program answers each request, because it logs them. */
  logged: 19,
  /** From the starter: where the compiled program is, if the agent is to go on with a new one that replaces the file. */
  update: 24,
  /** To the program that goes on as this agent: the descriptor of a socket or -1, its device and inode; in the order of the sockets. */
  inherited: 25,
  /** To a Node program that is only to say its version, which shows that it would run. */
  trial: 26,
  /** From a Node program: why it cannot run, as the answer for those that wait. */
  trouble: 27,
} as const;

/** The requests that an agent can answer in its sleep, if it answers them at once. */
export const ANSWERED_ASLEEP = [
  'access_token',
  'check',
  'loaded_accounts',
  'status_json',
] as const satisfies readonly RequestName[];

/** The questions in them, as numbers in frames `fixed`. */
export const questions = {
  check: 0,
  loaded_accounts: 1,
  status_json: 2,
  access_token: 3,
  process_id: 4,
} as const;

/** In place of the id of a group. */
export const NO_GROUP = -1;

/** What a frame `entry` says with bits: the answer is the same at a terminal; the token was used. */
export const entryFlags = { forTerminals: 1, used: 2 } as const;

/** What an agent without accounts answers to `loaded_accounts`. */
export const NO_ACCOUNTS = JSON.stringify({ status: 'success', info: [] });

/** The compiled program of an agent that sleeps, and the Node program that it starts, in one folder. */
export const SLEEPER = 'oidc-agent-sleeper';
export const AWAKE_PROGRAM = 'awake.cjs';

/** The variable with which tests set `sleep-after`, or `NEVER` for an agent that does not sleep. */
export const SLEEP_VARIABLE = 'JETON_SLEEP_AFTER';
export const NEVER = 'never';

export type FrameKind = keyof typeof frameKinds;

/** A part of a frame: a text with its length, bytes as they are, or a number of one of two types. */
type Part =
  | { readonly text: string }
  | { readonly bytes: Uint8Array | string }
  | { readonly u32: number }
  | { readonly f64: number };

const HEADER_BYTES = 5;

/** The first frame that each side writes. */
export const versionFrame = () => frame('version', { u32: PROTOCOL_VERSION });

/** Whether a frame is that of a program of the same version. */
export function isSameVersion({ kind, content }: Frame): boolean {
  return kind === frameKinds.version && content.length >= 4 && content.readUInt32LE(0) === PROTOCOL_VERSION;
}

/** A frame as bytes. */
export function frame(kind: FrameKind, ...parts: readonly Part[]): Buffer {
  const content = Buffer.concat(parts.map(encoded));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(content.length, 0);
  header.writeUInt8(frameKinds[kind], 4);
  return Buffer.concat([header, content]);
}

function encoded(part: Part): Uint8Array {
  if ('bytes' in part) return Buffer.from(part.bytes);
  if ('text' in part) {
    const text = Buffer.from(part.text);
    return Buffer.concat([encoded({ u32: text.length }), text]);
  }
  const number = Buffer.alloc('u32' in part ? 4 : 8);
  if ('u32' in part) number.writeUInt32LE(part.u32 >>> 0);
  else number.writeDoubleLE(part.f64);
  return number;
}

/** A frame that was received. */
export interface Frame {
  readonly kind: number;
  readonly content: Buffer;
}

/** Finds whole frames in bytes that arrive in pieces. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @returns the frames that are complete with this piece */
  push(piece: Uint8Array): Frame[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(piece) : Buffer.concat([this.#rest, piece]);
    const frames: Frame[] = [];
    while (this.#rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.#rest.readUInt32LE(0);
      if (this.#rest.length < end) break;
      frames.push({ kind: this.#rest.readUInt8(4), content: this.#rest.subarray(HEADER_BYTES, end) });
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}
