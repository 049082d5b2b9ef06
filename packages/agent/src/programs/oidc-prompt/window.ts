/** The common part of the programs that open a window for one question. */
import { execFile } from 'node:child_process';
import { CannotAsk } from './prompter.ts';
import type { Question } from './question.ts';

/** The command line of a desktop program that asks one question. */
export interface Window {
  readonly program: string;
  readonly args: readonly string[];
  /** The standard input of the program; empty by default. */
  readonly input?: string;
  /** For a choice, the program prints the position in the list, from 0, instead of the text. */
  readonly printsPosition?: true;
  /** Matches the output of a program that could not show its window, where the exit status does not say so. */
  readonly invisible: RegExp;
}

/**
 * Asks with a window, as a Prompter does.
 * @throws as a Prompter
 */
export async function askInWindow(
  question: Question,
  window: Window,
  signal: AbortSignal,
): Promise<string | undefined> {
  const output = await open(window, signal);
  switch (question.kind) {
    case 'confirm':
      return output === undefined || output === 'no' ? 'no' : 'yes';
    case 'link':
      return output === undefined ? '' : 'open';
    case 'select':
      return window.printsPosition ? output && question.choices[Number(output)] : output;
    default:
      return output;
  }
}

/** The text that a window shows above its field. */
export function wholeText(question: Question): string {
  const { text, label } = question;
  return [text, question.kind === 'link' ? question.address : label]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The output of the program, without the last newline; undefined if the user refused or closed the window. */
function open(
  { program, args, input = '', invisible }: Window,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { signal }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.replace(/\n$/, ''));
      else if (signal.aborted) reject(error);
      else if (isNo(error.code) && !invisible.test(stderr)) resolve(undefined);
      else reject(new CannotAsk(`${program}: ${stderr.trim().split('\n')[0] || error.message}`));
    });
    // A program that ends without reading its input is judged by its exit status.
    child.stdin?.on('error', () => undefined).end(input);
  });
}

/** 1 is "cancel" and "no" everywhere, 2 is a window of kdialog that was closed. */
function isNo(code: unknown): boolean {
  return code === 1 || code === 2;
}
