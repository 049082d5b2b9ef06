import type { Question } from './question.ts';

/**
 * A way to ask a person.
 *
 * Resolves with the answer: what was typed or chosen, `yes` or `no`, for a link `open` or nothing. With undefined when the
 * person cancelled. Rejects with CannotAsk when nobody has seen the question, so that another way may be tried, and with
 * any error once the signal is aborted.
 */
export type Way = (question: Question, signal: AbortSignal) => Promise<string | undefined>;

/** This way does not lead to a person. */
export class CannotAsk extends Error {
  override readonly name = 'CannotAsk';
}
