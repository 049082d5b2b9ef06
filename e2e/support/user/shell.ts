import type { Sandbox } from '../computer/sandbox.ts';
import { Terminal } from './terminal.ts';

/** What is waited for on the screen, and what is typed then: a line, or what a user finds out first. */
export type Answer = readonly [RegExp, string | ((match: RegExpExecArray) => Promise<string | undefined>)];

/** A bash at a terminal, which keeps its variables and background jobs from one command to the next. */
export class Shell {
  readonly #terminal: Terminal;

  private constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  static async start(sandbox: Sandbox, env: Record<string, string> = {}): Promise<Shell> {
    const terminal = new Terminal(sandbox, '/bin/bash', ['--norc', '--noediting', '-i'], {
      env: { PS1: '\\n[$?]\\$ ', PS2: '', SHELL: '/bin/sh', ...env },
    });
    await terminal.waitFor(prompt);
    return new Shell(terminal);
  }

  /**
   * Types a command and gives the answers in their order. Text that `shows` names may come after the end of the command,
   * from one in the background; a command that shows it and stays is ended with Ctrl-C.
   */
  async run(
    command: string,
    {
      answers = [],
      shows,
      interrupt = false,
    }: { answers?: readonly Answer[]; shows?: RegExp | undefined; interrupt?: boolean } = {},
  ): Promise<{ output: string; code: number }> {
    const terminal = this.#terminal;
    const before = terminal.screen.length + command.length + 1;
    terminal.type(command);
    for (const [question, answer] of answers) {
      const match = await terminal.waitFor(question);
      const line = typeof answer === 'string' ? answer : await answer(match);
      if (line !== undefined) terminal.type(line);
    }
    if (interrupt) {
      if (shows !== undefined) await terminal.waitFor(shows);
      terminal.press('\u0003');
    }
    const [, code] = await terminal.waitFor(prompt);
    if (shows !== undefined && !shows.test(terminal.screen.slice(before))) await terminal.waitFor(shows);
    return { output: terminal.screen.slice(before).replace(prompt, ''), code: Number(code) };
  }
}

const prompt = /\n\[(\d+)\][$#] $/;
