import { inspect } from 'node:util';

/**
 * A secret string: a token, a password, a client secret.
 *
 * Prints, logs, interpolates and serialises as `[secret]`. Only `reveal()` returns the string. test/revealed-secrets.test.ts lists the
 * files that may call it.
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

  get isEmpty(): boolean {
    return this.#value === '';
  }

  /** Whether another secret is the same string; false for undefined. */
  equals(other: Secret | undefined): boolean {
    return other !== undefined && this.#value === other.#value;
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

/** Reveals secret request parameters, for the request that sends them. */
export function revealed(secrets: Readonly<Record<string, Secret>>): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]));
}
