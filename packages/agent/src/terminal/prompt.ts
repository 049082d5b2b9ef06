/**
 * Questions to the user.
 * - They go to stderr, so that stdout holds results alone; the answer comes from stdin.
 * - Without a terminal on stdin the program asks nothing: see `canAsk`.
 * - The terminal does not echo a password, and is restored after the question.
 */
import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { harmless } from '../harmless.ts';
import { Secret } from '../secret.ts';
import { Interruption } from './interruption.ts';
import { Interrupted } from './run.ts';
import { style } from './style.ts';

/** The streams of a question. */
export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** Takes the question back. */
  readonly signal?: AbortSignal;
}

export const standard = (): Terminal => ({ input: process.stdin, output: process.stderr });

/** Whether a user at a terminal can answer. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true;
}

/**
 * Asks for a line. An empty answer is the suggestion.
 * @throws Interrupted
 */
export async function ask(question: string, suggestion = '', terminal = standard()): Promise<string> {
  const shown = suggestion === '' ? `${question}: ` : `${question} [${suggestion}]: `;
  const answer = (await readLine(shown, terminal)).trim();
  return answer === '' ? suggestion : answer;
}

/**
 * Asks for a password, without showing it.
 * @throws Interrupted
 */
export async function askSecret(question: string, terminal = standard()): Promise<Secret> {
  try {
    return new Secret(await readLine(`${question}: `, terminal, { hidden: true }));
  } finally {
    terminal.output.write('\n');
  }
}

/**
 * Asks for consent. An empty answer is `suggestion`.
 * @throws Interrupted
 */
export async function confirm(
  question: string,
  suggestion: boolean,
  terminal = standard(),
): Promise<boolean> {
  for (;;) {
    const shown = `${question} [${suggestion ? 'Yes/no' : 'No/yes'}]`;
    const answer = (await ask(shown, '', terminal)).toLowerCase();
    if (answer === '') return suggestion;
    if (/^y(es)?$/.test(answer)) return true;
    if (/^no?$/.test(answer)) return false;
    terminal.output.write("Please answer 'yes' or 'no'.\n");
  }
}

/** Keeps input that arrived together with an answer, as from a script or a paste, for the next question. */
function keepForLater(input: NodeJS.ReadStream): void {
  let rest = '';
  const keep = (_character: unknown, { sequence = '' }: { sequence?: string }) => {
    rest += sequence;
  };
  input.on('keypress', keep);
  process.nextTick(() => {
    input.off('keypress', keep);
    if (rest !== '') input.unshift(Buffer.from(rest));
  });
}

function readLine(question: string, terminal: Terminal, { hidden = false } = {}): Promise<string> {
  const { output } = terminal;
  const echo = hidden ? noOutput() : output;
  const shown = style('cyan', harmless(question), output);
  return readAnswer(terminal, echo, (lines, answer) => {
    // Print the question only now that the terminal no longer echoes input.
    if (hidden) output.write(shown);
    lines.question(hidden ? '' : shown, answer);
  });
}

/** Takes the echo of what is typed, and shows none of it. */
export function noOutput(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/**
 * Reads what the user types, until `begin` calls its second parameter with the answer.
 * @param echo where readline shows what is typed
 * @throws Interrupted
 */
export function readAnswer<Answer>(
  { input, output, signal }: Terminal,
  echo: Writable,
  begin: (lines: Interface, answer: (value: Answer) => void) => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input, output: echo, terminal: true, historySize: 0 });
    let answered = false;
    const interruption = new Interruption('Interrupted.');
    const giveUp = () => {
      output.write('\n');
      lines.close();
    };
    // At a terminal that hands over every key, Ctrl-C is a key.
    lines.once('SIGINT', giveUp);
    interruption.signal.addEventListener('abort', giveUp, { once: true });
    signal?.addEventListener('abort', giveUp, { once: true });
    lines.once('close', () => {
      interruption.dispose();
      signal?.removeEventListener('abort', giveUp);
      // A terminal that was never paused keeps the process from ending.
      input.pause();
      if (!answered) reject(new Interrupted('Interrupted.'));
    });
    begin(lines, (value) => {
      answered = true;
      keepForLater(input);
      lines.close();
      resolve(value);
    });
  });
}
