import { Interrupted } from './run.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Until it is disposed of, a request to end the program (Ctrl-C, SIGTERM, the end of the terminal) aborts a signal instead. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #message: string;

  /** @param message the message for the user */
  constructor(message: string) {
    this.#message = message;
    for (const signal of SIGNALS) process.on(signal, this.#abort);
  }

  /** Its reason is an `Interrupted`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    for (const signal of SIGNALS) process.off(signal, this.#abort);
  }

  readonly #abort = () => this.#controller.abort(new Interrupted(this.#message));
}
