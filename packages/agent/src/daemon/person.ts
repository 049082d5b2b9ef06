import { errorTexts } from '@jeton/protocol';
import { Secret } from '../secret.ts';
import { askDialog, type DialogQuestion } from '../terminal/dialog.ts';
import { RequestFailure } from './failure.ts';
import { unlessAborted } from './shared-work.ts';

/** Seconds that a person has for an answer. */
const patience = 300;

/** How to ask: see `askDialog`. */
export type AskDialog = typeof askDialog;

/** The person whose agent this is, asked in a window: one question at a time, however many programs wait for answers. */
export class Person {
  readonly #ask: AskDialog;
  /** The end of the line of questions. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #ending = new AbortController();

  constructor(ask: AskDialog = askDialog) {
    this.#ask = ask;
  }

  /**
   * Asks whether a program may have something.
   *
   * @param gone takes the question back
   * @throws RequestFailure `operation forbidden` unless the answer is yes
   */
  async allow(text: string, gone: AbortSignal): Promise<void> {
    const title = 'oidc-agent prompt confirm';
    // A window that opens while somebody types must not take an Enter for a yes.
    const answer = await this.#inTurn({ type: 'confirm-default-no', title, text }, gone);
    if (answer === 'yes') return;
    throw new RequestFailure(errorTexts.forbidden, [
      'you said no, or could not be asked: that takes a desktop, and an agent that was started there',
    ]);
  }

  /** Asks for the password of an account; undefined when nobody answers. */
  async password(account: string, gone: AbortSignal): Promise<Secret | undefined> {
    const title = 'oidc-agent password prompt';
    const text = `A program asks for a token of the account '${account}', which is not loaded. Enter its encryption password to load it.`;
    const answer = await this.#inTurn({ type: 'password', title, text, label: 'Encryption password' }, gone);
    return answer ? new Secret(answer) : undefined;
  }

  /** Takes back all questions. */
  close(): void {
    this.#ending.abort(new RequestFailure('the agent ends'));
  }

  #inTurn(question: DialogQuestion, gone: AbortSignal): Promise<string | undefined> {
    const signal = AbortSignal.any([gone, this.#ending.signal]);
    const answer = this.#last.then(async () => {
      signal.throwIfAborted();
      return await this.#ask(question, { timeout: patience, signal });
    });
    this.#last = answer.catch(() => undefined);
    return unlessAborted(answer, signal);
  }
}
