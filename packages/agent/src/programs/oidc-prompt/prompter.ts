import type { Question } from './question.ts';

/**
 * Asks the user one question: a window, pinentry or the terminal.
 *
 * Resolves with the answer: the typed or chosen text, `yes` or `no`, for a link `open` or nothing. Resolves with
 * undefined if the user cancelled.
 *
 * @throws CannotAsk if the user has not seen the question, so that the caller may try another prompter; any error once the
 * signal is aborted
 */
export type Prompter = (question: Question, signal: AbortSignal) => Promise<string | undefined>;

/** The prompter cannot show the question to the user. */
export class CannotAsk extends Error {
  override readonly name = 'CannotAsk';
}
