import { spawn } from 'node:child_process';

export interface Finished {
  /** The exit status, or the name of the signal that ended the program. */
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Written to the program's standard input. Without it the program inherits ours, so that it can ask the user. */
  readonly input?: string;
  /** Whether the program's error output goes to the user or to the caller. */
  readonly stderr: 'inherit' | 'pipe';
  /** The program's environment, instead of this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the program. */
  readonly signal?: AbortSignal | undefined;
}

/** Allows time for the user to type a passphrase or touch a token. */
const DEADLINE_MS = 300_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;

/**
 * Runs a program by argument list and waits for its end, at most 5 minutes. Output beyond 1 MiB ends it.
 * @throws the system error if it cannot be started
 */
export function run(program: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const stdin = options.input === undefined ? 'inherit' : 'pipe';
    const child = spawn(program, args, {
      stdio: [stdin, 'pipe', options.stderr],
      timeout: DEADLINE_MS,
      env: options.env ?? process.env,
      ...(options.signal && { signal: options.signal }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let size = 0;
    const collect = (chunks: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT_BYTES) child.kill();
      else chunks.push(chunk);
    };
    child.stdout?.on('data', collect(stdout));
    child.stderr?.on('data', collect(stderr));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString();
      resolve({ status: code ?? signal ?? 'unknown', stdout: text(stdout), stderr: text(stderr) });
    });
    // A program that ends without reading its input is judged by its exit status.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
  });
}
