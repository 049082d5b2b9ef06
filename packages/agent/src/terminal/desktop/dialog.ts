/** Questions to the user through a window, for a program that may have no terminal: oidc-prompt asks. */
import { execFile } from 'node:child_process';
import { siblingCommand } from '../sibling.ts';

/** A question, in plain text: markup is not interpreted. */
export type DialogQuestion = {
  /** The heading of the window. */
  readonly title: string;
  readonly text: string;
  /** The label before the field. */
  readonly label?: string;
} & (
  | { readonly type: 'password' | 'confirm-default-yes' | 'confirm-default-no' }
  /** `multiple` is answered with one value a line. */
  | { readonly type: 'input' | 'multiple'; readonly suggestion?: string }
  /** The first choice is the suggestion; with `select-other` the answer may be another one. */
  | { readonly type: 'select' | 'select-other'; readonly choices: readonly string[] }
  /** Shows an address, and opens it in the browser on request. */
  | { readonly type: 'link'; readonly address: string }
);

export interface DialogOptions {
  /** Seconds; without it the wait is unlimited. */
  readonly timeout?: number;
  /** Takes the question back. */
  readonly signal?: AbortSignal;
}

/**
 * Asks the user with `oidc-prompt`, the one installed with this program or the one in PATH (docs/oidc-prompt.md).
 *
 * @returns the answer, `yes` or `no` for a confirmation; undefined if the user cancelled, on a timeout, if the question
 * was withdrawn, or if oidc-prompt has no way to ask
 * @throws the system error if oidc-prompt cannot be started
 */
export function askDialog(
  question: DialogQuestion,
  { timeout = 0, signal }: DialogOptions = {},
): Promise<string | undefined> {
  const [program, ...args] = siblingCommand('oidc-prompt');
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...args, ...promptArguments(question, timeout)],
      { signal, env: withoutSecrets(process.env) },
      (error, stdout) => {
        if (error === null) resolve(stdout.replace(/\n$/, ''));
        else if (child.pid === undefined && !signal?.aborted) reject(error);
        else resolve(undefined);
      },
    );
    // Its messages go where this program's messages go.
    child.stderr?.pipe(process.stderr, { end: false });
    child.stdin?.end();
  });
}

/** It has no use for passwords of account files, and neither have the programs that it starts. */
function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const secrets = ['OIDC_ENCRYPTION_PW', 'OIDC_REFRESH_TOKEN'];
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secrets.includes(name)));
}

/** The arguments of `oidc-prompt`. Every user can read them, so they contain no password. */
function promptArguments(question: DialogQuestion, timeout: number): string[] {
  const { type, title, text, label = '' } = question;
  const words = ['--', type, title, escapeHtml(text)];
  switch (type) {
    case 'input':
    case 'multiple':
      return [...words, label, String(timeout), question.suggestion ?? ''];
    case 'select':
    case 'select-other':
      return [...words, label, String(timeout), ...question.choices];
    case 'link':
      return [...words, question.address, String(timeout)];
    default:
      return [...words, label, String(timeout)];
  }
}

/** oidc-prompt takes its text for HTML, as the C program does. */
function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
