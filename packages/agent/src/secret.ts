import { inspect } from 'node:util';

/**
 * A secret string: a token, a password, a client secret.
 *
 * Prints, logs, interpolates and serialises as `[secret]`. Only `reveal()` returns it, so that a search for `reveal`
 * finds every place where a secret leaves.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The string itself. Only for the place that sends it, stores it encrypted or prints it because the user asked. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** Several of them, for the request that sends them. */
export function revealed(secrets: Readonly<Record<string, Secret>>): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]));
}
