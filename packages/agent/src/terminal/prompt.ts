/**
 * Questions to a person.
 * - They go to stderr, so that stdout holds results alone; the answer comes from stdin.
 * - Nobody is asked when stdin is not a terminal: see `canAsk`.
 * - What is typed for a password is never shown, and its terminal is as it was when the question is over.
 */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Secret } from '../secret.ts';
import { Interruption } from './interruption.ts';
import { tell } from './output.ts';
import { Interrupted } from './run.ts';
import { style } from './style.ts';

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true;
}

/** Asks for a line. An empty answer is the suggestion. */
export async function ask(question: string, suggestion = ''): Promise<string> {
  const shown = suggestion === '' ? `${question}: ` : `${question} [${suggestion}]: `;
  const answer = (await readLine(shown)).trim();
  return answer === '' ? suggestion : answer;
}

/** Asks for a password, without showing it. */
export async function askSecret(question: string): Promise<Secret> {
  try {
    return new Secret(await readLine(`${question}: `, { hidden: true }));
  } finally {
    process.stderr.write('\n');
  }
}

/** Asks for consent. An empty answer is `suggestion`. */
export async function confirm(question: string, suggestion: boolean): Promise<boolean> {
  for (;;) {
    const answer = (await ask(`${question} [${suggestion ? 'Yes/no' : 'No/yes'}]`)).toLowerCase();
    if (answer === '') return suggestion;
    if (/^y(es)?$/.test(answer)) return true;
    if (/^no?$/.test(answer)) return false;
    tell("Please answer 'yes' or 'no'.");
  }
}

function readLine(question: string, { hidden = false } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr;
    const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
    const shown = style('cyan', question);
    // Only now does the terminal not show any more what is typed: nobody should be asked before.
    if (hidden) process.stderr.write(shown);
    let answered = false;
    const interruption = new Interruption('Interrupted.');
    const giveUp = () => {
      process.stderr.write('\n');
      lines.close();
    };
    // At a terminal that hands over every key, Ctrl-C is a key.
    lines.once('SIGINT', giveUp);
    interruption.signal.addEventListener('abort', giveUp, { once: true });
    lines.once('close', () => {
      interruption.dispose();
      // A terminal that was never paused keeps the process from ending.
      process.stdin.pause();
      if (!answered) reject(new Interrupted('Interrupted.'));
    });
    lines.question(hidden ? '' : shown, (answer) => {
      answered = true;
      lines.close();
      resolve(answer);
    });
  });
}
