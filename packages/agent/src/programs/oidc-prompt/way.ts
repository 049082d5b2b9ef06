import type { Question } from './question.ts';

/**
 * A way to ask the user.
 *
 * Resolves with the answer: the typed or chosen text, `yes` or `no`, for a link `open` or nothing. Resolves with
 * undefined if the user cancelled.
 *
 * @throws CannotAsk if the user has not seen the question, so that the caller may try another way; any error once the
 * signal is aborted
 */
export type Way = (question: Question, signal: AbortSignal) => Promise<string | undefined>;

/** This way does not reach the user. */
export class CannotAsk extends Error {
  override readonly name = 'CannotAsk';
}
