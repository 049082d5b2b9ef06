import { type IPty, spawn } from '@lydell/node-pty';
import { programPath, type Suite } from '../computer/programs.ts';
import type { Sandbox } from '../computer/sandbox.ts';

/** Escape sequences, and those for links and for the clipboard. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one.
const SEQUENCE = /\u001b(?:\[[0-9;?]*[A-Za-z]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

/** A line about a wait, which is erased when the wait ends (packages/agent/src/terminal/progress.ts). Whether it comes depends on the load. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are around it.
const PROGRESS = /\r\u001b\[K\u001b\[2mWaiting for [^\n]*? \.\.\.\u001b\[0m(?:\r\u001b\[K)?/g;

/** A program on a pseudo-terminal, and a user before it. */
export class Terminal {
  readonly #pty: IPty;
  #screen = '';
  #read = 0;
  #watchers = new Set<() => void>();
  readonly #exit: Promise<number>;

  constructor(
    sandbox: Sandbox,
    program: string,
    args: readonly string[],
    {
      suite = 'ours',
      env = {},
      rows = 50,
    }: { suite?: Suite; env?: Record<string, string>; rows?: number } = {},
  ) {
    const path = program.includes('/') ? program : programPath(program, suite);
    this.#pty = spawn(path, [...args], {
      name: env.TERM ?? 'xterm-256color',
      cols: 120,
      rows,
      cwd: sandbox.folder,
      env: { ...sandbox.env, ...env },
    });
    this.#pty.onData((data) => {
      this.#screen += data;
      for (const watcher of this.#watchers) watcher();
    });
    this.#exit = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode }) => {
        resolve(exitCode);
        for (const watcher of this.#watchers) watcher();
      });
    });
    let ended = false;
    void this.#exit.then(() => {
      ended = true;
    });
    sandbox.onClose(() => {
      if (!ended) this.#pty.kill('SIGKILL');
    });
  }

  /** All that was shown, without colours, links, carriage returns and lines about waits. */
  get screen(): string {
    return this.#screen.replace(PROGRESS, '').replace(SEQUENCE, '').replaceAll('\r', '');
  }

  /** All that was written to the terminal, as it came. */
  get output(): string {
    return this.#screen;
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Waits until something is shown that was not waited for before; gives the match. */
  async waitFor(pattern: RegExp, timeoutMs = 60_000): Promise<RegExpExecArray> {
    const find = () => {
      const match = pattern.exec(this.screen.slice(this.#read));
      if (match !== null) this.#read += match.index + match[0].length;
      return match;
    };
    return await new Promise((resolve, reject) => {
      const look = () => {
        const match = find();
        if (match === null) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(match);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`the terminal never showed ${pattern}:\n${this.screen}`));
      }, timeoutMs);
      this.#watchers.add(look);
      look();
    });
  }

  /** Types a line and presses Enter. */
  type(line: string): void {
    this.#pty.write(`${line}\r`);
  }

  /** Presses a key. */
  press(key: string): void {
    this.#pty.write(key);
  }

  /** Closes the window. */
  hangUp(): void {
    this.#pty.kill('SIGHUP');
  }

  /** Waits for the end; gives the exit code. */
  async exit(): Promise<number> {
    return await this.#exit;
  }
}
