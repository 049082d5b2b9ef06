/** A user's computer as far as the programs see it: a home, a folder for temporary files, an environment. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess, processesOf } from '../processes.ts';
import { nodeFolder, ourPrograms, programPath, type Suite } from './programs.ts';

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

export interface RunOptions {
  readonly suite?: Suite;
  /** Added to the sandbox's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the program reads; nothing by default. */
  readonly input?: string;
  readonly cwd?: string;
}

export class Sandbox {
  readonly folder: string;
  readonly home: string;
  /** Where account files are. */
  readonly accounts: string;
  readonly env: Record<string, string>;
  readonly #cleanups: (() => Promise<unknown> | unknown)[] = [];

  /** @param name becomes part of the folder, for names that programs find hard */
  constructor(name = '') {
    // Short: a socket's path has room for 107 bytes.
    this.folder = mkdtempSync(`/tmp/jeton-${name}`);
    this.home = join(this.folder, 'home');
    this.accounts = join(this.home, '.config', 'oidc-agent');
    const temporary = join(this.folder, 'tmp');
    for (const folder of [this.accounts, temporary]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.env = {
      HOME: this.home,
      TMPDIR: temporary,
      PATH: [ourPrograms, nodeFolder, process.env.PATH ?? '/usr/bin:/bin'].filter(Boolean).join(':'),
      LANG: 'C.UTF-8',
      // Which shape the agents have: docs/sleeping-agent.md.
      ...(process.env.JETON_SLEEP_AFTER && { JETON_SLEEP_AFTER: process.env.JETON_SLEEP_AFTER }),
    };
  }

  /** Runs something when the sandbox is closed, last first. */
  onClose(cleanup: () => Promise<unknown> | unknown): void {
    this.#cleanups.unshift(cleanup);
  }

  /** Starts a program, by its name or its path. It is ended with the sandbox. */
  spawn(program: string, args: readonly string[], options: RunOptions & SpawnOptions = {}): ChildProcess {
    const { suite = 'ours', env, input: _input, ...spawnOptions } = options;
    const path = program.includes('/') ? program : programPath(program, suite);
    const child = spawn(path, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...spawnOptions,
      env: this.#environment(env),
    });
    this.onClose(() => stop(child));
    return child;
  }

  /** Runs a program to its end. */
  async run(
    program: string,
    args: readonly string[],
    options: RunOptions & SpawnOptions = {},
  ): Promise<Outcome> {
    const child = this.spawn(program, args, options);
    // A program that does not read its input may be gone before it is written.
    child.stdin?.on('error', () => undefined).end(options.input ?? '');
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('close', (...end) => resolve(end)).once('error', reject);
    });
    return { stdout: stdout(), stderr: stderr(), code: code ?? undefined, signal: signal ?? undefined };
  }

  /**
   * Ends what was started in the sandbox, also agents that the test did not end or that are still ending, and removes the
   * folder. An agent that still runs would make its socket anew while the folder is removed.
   */
  async close(): Promise<void> {
    for (const cleanup of this.#cleanups) await cleanup();
    await Promise.all(processesOf(this.folder).map((pid) => endProcess(pid, 'SIGKILL')));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #environment(changes: RunOptions['env'] = {}): Record<string, string> {
    const merged = { ...this.env, ...changes };
    return Object.fromEntries(
      Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
  }
}

/** Ends a child and waits until it is gone. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
