import type { LoginRequest } from '../../../login/login-request.ts';
import { type Authorization, redeemCode } from '../../../oauth/grants/code.ts';
import type { Tokens } from '../../../oauth/grants/tokens.ts';
import { Interruption } from '../../../terminal/interruption.ts';
import { inform, warn } from '../../../terminal/output.ts';
import { ask } from '../../../terminal/prompt.ts';
import { Interrupted, ProgramError } from '../../../terminal/run.ts';
import { hasTerminal } from '../ask-user.ts';
import type { Options } from '../command-line.ts';

const TIME_LIMIT_MINUTES = 10;

type Begun = LoginRequest & { authorization: Authorization };

/** The one answer that counts, whether it comes through the web server or through the terminal. */
export class BrowserAnswer {
  #begun: Begun | undefined;
  #tokens: Promise<Tokens> | undefined;
  #refusal: Error | undefined;
  readonly #over = new AbortController();

  /**
   * Takes an answer. It throws why it cannot be used; a wrong `state` leaves the login open.
   * @throws Error for a wrong `state`, the reason why the login has ended, or IssuerError or IssuerUnreachableError if
   * the code gives no tokens
   */
  async settle(parameters: URLSearchParams): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal;
    const begun = this.#begun;
    if (begun === undefined || parameters.get('state') !== begun.authorization.state) {
      throw new Error(
        parameters.has('state') ? 'wrong state' : 'redirected uri did not contain state parameter',
      );
    }
    // A page that is loaded again must not redeem its code again.
    this.#tokens ??= redeem(begun, parameters);
    this.#tokens.catch(() => undefined).finally(() => this.#over.abort());
    await this.#tokens;
  }

  /** Ends the login with this error, unless the code of an answer is being redeemed already. */
  giveUp(why: Error): void {
    if (this.#tokens !== undefined) return;
    this.#refusal = why;
    this.#over.abort();
  }

  /**
   * Waits for it, at most ten minutes.
   * @throws the reason why no answer came, or why it gave no tokens
   */
  async wait(begun: Begun, options: Options): Promise<Tokens> {
    this.#begun = begun;
    const interruption = new Interruption('Interrupted. Nothing was approved, and nothing was stored.');
    const limit = AbortSignal.timeout(TIME_LIMIT_MINUTES * 60_000);
    const end = AbortSignal.any([this.#over.signal, limit, interruption.signal]);
    try {
      if (hasTerminal(options)) await this.#readAddress(end);
      else await aborted(end);
      if (this.#refusal !== undefined) throw this.#refusal;
      if (this.#tokens !== undefined) return await this.#tokens;
      if (interruption.signal.aborted) throw interruption.signal.reason;
      throw new ProgramError(`There was no answer from the browser within ${TIME_LIMIT_MINUTES} minutes`, [
        'run the command again; -w device works with a browser on any other device',
      ]);
    } finally {
      interruption.dispose();
    }
  }

  /** Until the login is over, accepts a pasted address in place of the browser's redirect. */
  async #readAddress(end: AbortSignal): Promise<void> {
    inform(
      '\nIf the browser runs on another computer, it will end at an address that it cannot open: copy that address and paste it here.',
    );
    const terminal = { input: process.stdin, output: process.stderr, signal: end };
    while (!end.aborted && this.#tokens === undefined) {
      try {
        const address = await ask('Waiting for the browser, or its last address', '', terminal);
        if (address !== '') await this.settle(answerIn(address));
      } catch (error) {
        if (end.aborted || this.#tokens !== undefined) return;
        if (!(error instanceof Error) || error instanceof Interrupted) throw error;
        warn(error.message);
      }
    }
  }
}

async function redeem(begun: Begun, answer: URLSearchParams): Promise<Tokens> {
  return await redeemCode({
    ...begun,
    answer,
    customParameters: await begun.customParametersFor('code-exchange'),
  });
}

/** The parameters of an address that a browser was sent to. */
export function answerIn(address: string): URLSearchParams {
  return URL.canParse(address) ? new URL(address).searchParams : new URLSearchParams();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
