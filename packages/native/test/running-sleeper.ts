/** An agent that sleeps, with a small program in the place of the Node program that it wakes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frame, frameKinds, versionFrame } from '../../agent/src/daemon/process/frames.ts';
import { RawClient } from '../../agent/test/raw-client.ts';
import type { Command } from './builds.ts';

/** The compiled program. */
export const sleeperProgram = join(
  import.meta.dirname,
  '../dist',
  `linux-${process.arch}`,
  'oidc-agent-sleeper',
);
/** What it wakes. */
export const standIn = join(import.meta.dirname, 'stand-in-worker.cjs');

interface Options {
  readonly program?: string;
  readonly script?: string;
  readonly settings?: string;
  /** Seconds between two looks after its sockets and files. */
  readonly checkSeconds?: number;
  /** Seconds that the program may take to start. */
  readonly startSeconds?: number;
  /** Whether it has a socket for a group, too. */
  readonly group?: boolean;
  /** In place of the one with the version. */
  readonly firstFrame?: Buffer;
  /** Whether it follows updates of its program. */
  readonly followsUpdates?: boolean;
}

/** What the stand-in answers: what it was born with. */
export interface StandIn {
  readonly by: string;
  readonly pid: number;
  readonly state: string;
  readonly used: readonly string[];
  readonly deaths: number;
  /** The seconds that its clients had left, in which to say what they want. */
  readonly left: readonly number[];
}

export class RunningSleeper {
  readonly folder = mkdtempSync(join(tmpdir(), 'jeton-'));
  readonly path = join(this.folder, 'agent', 'socket');
  readonly #command: Command | undefined;
  #process: ChildProcess | undefined;

  /** @param command how to start another build than the usual one (builds.ts) */
  constructor(command?: Command) {
    this.#command = command;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** The exit code, once it has ended by itself. */
  get exitCode(): number | null | undefined {
    return this.#process?.exitCode;
  }

  /** @returns its report */
  async start(options: Options = {}): Promise<unknown> {
    const { program = sleeperProgram, script = standIn, settings = '{}', checkSeconds = 60 } = options;
    mkdirSync(join(this.folder, 'agent'), { mode: 0o700 });
    const stdio = ['pipe', 'ignore', 'inherit', 'pipe', 'pipe'] as const;
    const [file, ...args] = this.#command ?? [program];
    const env = { ...process.env, JETON_TEST_FRAMES: JSON.stringify(frameKinds) };
    const agent = spawn(file, args, { argv0: 'oidc-agent', stdio: [...stdio], env });
    this.#process = agent;
    const socket = (door: number, place: string, id: number) =>
      frame('socket', { u32: door }, { u32: 1 }, { u32: id }, { text: place }, { text: '' });
    agent.stdin?.end(
      Buffer.concat([
        options.firstFrame ?? versionFrame(),
        frame('program', { text: process.execPath }),
        frame('script', { text: script }),
        frame('settings', { bytes: settings }),
        socket(0, this.path, -1),
        ...(options.group ? [socket(1, `${this.path}.group`, process.getgid?.() ?? 0)] : []),
        frame('folder', { text: join(this.folder, 'agent') }),
        frame('pidFile', { text: join(this.folder, 'pid') }),
        ...(options.followsUpdates ? [frame('update', { text: program })] : []),
        frame('timing', { f64: checkSeconds }, { u32: 0 }, { f64: options.startSeconds ?? 0 }),
      ]),
    );
    const [report] = await once(agent.stdio[3] ?? agent, 'data');
    return JSON.parse(String(report));
  }

  async ask(request: object | string, place = this.path): Promise<string> {
    const client = new RawClient(place);
    await client.write(typeof request === 'string' ? request : JSON.stringify(request));
    return await client.answer();
  }

  /** Asks the program that it wakes. */
  async askStandIn(request: object): Promise<StandIn> {
    return JSON.parse(await this.ask(request));
  }

  /** Has that program go to sleep, and leave answers behind. */
  async sleep(others: object): Promise<StandIn> {
    return await this.askStandIn({ do: 'sleep', ...others });
  }

  /** The processes that it has started. */
  get children(): number[] {
    const list = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'latin1');
    return list.split(' ').filter(Boolean).map(Number);
  }

  /** Its resident memory in KiB. */
  get residentKiB(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'latin1'))?.[1]);
  }

  /** Ends it, and waits for that. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const agent = this.#process;
    if (agent === undefined || agent.exitCode !== null || agent.signalCode !== null) return;
    const exit = once(agent, 'exit');
    agent.kill(signal);
    await exit;
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.folder, { recursive: true });
  }
}
