import { errorTexts } from '@jeton/protocol';
import { unlessAborted } from '../../concurrency/shared-work.ts';
import { TurnsByKey } from '../../concurrency/turns.ts';
import { Secret } from '../../secret.ts';
import { askDialog, type DialogQuestion } from '../../terminal/desktop/dialog.ts';
import { RequestFailure } from '../failure.ts';
import type { Visitor } from '../socket/connection.ts';
import { type Door, ownerDoor } from '../socket/door.ts';

/** Seconds that the user has to answer. */
const PROMPT_TIMEOUT_SECONDS = 300;

/** Asks the user: see `askDialog`. */
export type AskDialog = typeof askDialog;

/**
 * Asks the agent's owner in a window, one question at a time. Each door has its own queue, so that questions of a group's
 * members do not delay the owner's.
 */
export class UserPrompt {
  readonly #ask: AskDialog;
  readonly #questions = new TurnsByKey<Door>();
  #asking = new AbortController();

  constructor(ask: AskDialog = askDialog) {
    this.#ask = ask;
  }

  /**
   * Asks whether a program may have something.
   *
   * @param visitor the program that asks; when it has gone, the agent withdraws the question
   * @throws RequestFailure `operation forbidden` unless the answer is yes
   */
  async allow(text: string, { gone, door }: Visitor): Promise<void> {
    const title = 'oidc-agent prompt confirm';
    // A window that opens while the user types must not take Enter for consent.
    const answer = await this.#inTurn({ type: 'confirm-default-no', title, text }, gone, door);
    if (answer === 'yes') return;
    throw new RequestFailure(errorTexts.forbidden, [
      door === ownerDoor
        ? 'you said no, or the agent could not ask you: it can only if it was started on a desktop'
        : 'the owner of this agent said no, or the agent could not ask',
    ]);
  }

  /** Asks the user for the password of an account; undefined if the user does not answer. */
  async password(account: string, gone: AbortSignal): Promise<Secret | undefined> {
    const title = 'oidc-agent password prompt';
    const text = `A program asks for a token of the account '${account}', which is not loaded. Enter its encryption password to load it.`;
    const answer = await this.#inTurn(
      { type: 'password', title, text, label: 'Encryption password' },
      gone,
      ownerDoor,
    );
    return answer ? new Secret(answer) : undefined;
  }

  /** Withdraws all questions; the programs that wait for an answer get this error. */
  withdrawAll(failure: RequestFailure): void {
    this.#asking.abort(failure);
    this.#asking = new AbortController();
  }

  /** Withdraws all questions, and asks no more. */
  close(): void {
    this.#asking.abort(new RequestFailure('the agent ends'));
  }

  #inTurn(question: DialogQuestion, gone: AbortSignal, door: Door): Promise<string | undefined> {
    const signal = AbortSignal.any([gone, this.#asking.signal]);
    const answer = this.#questions.take(door, async () => {
      signal.throwIfAborted();
      return await this.#ask(question, { timeout: PROMPT_TIMEOUT_SECONDS, signal });
    });
    return unlessAborted(answer, signal);
  }
}
