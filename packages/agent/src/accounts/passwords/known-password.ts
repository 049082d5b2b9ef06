import type { Secret } from '../../secret.ts';
import { type PasswordSource, passwordSource } from './passwords.ts';

/** A source of a password that needs no question: the password itself, a command that prints it, or a file that begins with it. */
export interface KnownPassword {
  readonly value?: Secret | undefined;
  /** When the password itself is forgotten; milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
  readonly command?: string | undefined;
  readonly file?: string | undefined;
}

/** Milliseconds between two checks of the wall clock. */
const CHECK_MS = 30_000;

/** Keeps the source of an account's password. A password itself is forgotten when its time is over, also if it was never used. */
export class KeptPassword {
  #known: KnownPassword = {};
  #timer: NodeJS.Timeout | undefined;

  get known(): KnownPassword {
    return this.#known;
  }

  /** Replaces the former source. */
  keep(known: KnownPassword): void {
    clearTimeout(this.#timer);
    this.#known = known;
    const { value, expiresAt } = known;
    if (value !== undefined && expiresAt !== undefined) this.#forget(expiresAt, Number.POSITIVE_INFINITY);
  }

  /** @param left milliseconds by the timers. The wall clock counts as well: it can be set back, but timers stop while the computer sleeps */
  #forget(expiresAt: number, left: number): void {
    const wait = Math.min(left, expiresAt - Date.now());
    const step = Math.min(wait, CHECK_MS);
    if (wait <= 0) this.#known = { ...this.#known, value: undefined };
    else this.#timer = setTimeout(() => this.#forget(expiresAt, wait - step), step).unref();
  }
}

/** Whether at least one source exists. */
export function isKnown({ value, expiresAt, command, file }: KnownPassword): boolean {
  const isOver = expiresAt !== undefined && expiresAt <= Date.now();
  return (value !== undefined && !isOver) || command !== undefined || file !== undefined;
}

/** The passwords to try, from the known source. */
export function knownPasswords(account: string, { value, command, file }: KnownPassword): PasswordSource {
  return passwordSource({
    account,
    command,
    file,
    // The value of a password takes the place of a variable.
    ...(value && { variable: 'password', env: { password: value.reveal() } }),
  });
}
