import type { Secret } from '../secret.ts';
import { type PasswordSource, passwordSource } from './passwords.ts';

/** A password that needs nobody to be asked: itself, the command that prints it, or the file that begins with it. */
export interface KnownPassword {
  readonly value?: Secret | undefined;
  /** When the password itself is forgotten; milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
  readonly command?: string | undefined;
  readonly file?: string | undefined;
}

/** Milliseconds after which the wall clock is looked at again. */
const LOOK = 30_000;

/** Keeps what is known of the password of an account, and forgets it in time, whether or not anybody asks for it. */
export class KeptPassword {
  #known: KnownPassword = {};
  #timer: NodeJS.Timeout | undefined;

  get known(): KnownPassword {
    return this.#known;
  }

  /** Takes the place of what was known before. */
  keep(known: KnownPassword): void {
    clearTimeout(this.#timer);
    this.#known = known;
    const { value, expiresAt } = known;
    if (value !== undefined && expiresAt !== undefined) this.#forget(expiresAt, Number.POSITIVE_INFINITY);
  }

  /** @param left milliseconds, by the timers: the wall clock may be set back, and timers do not count a sleep of the computer */
  #forget(expiresAt: number, left: number): void {
    const wait = Math.min(left, expiresAt - Date.now());
    const step = Math.min(wait, LOOK);
    if (wait <= 0) this.#known = { ...this.#known, value: undefined };
    else this.#timer = setTimeout(() => this.#forget(expiresAt, wait - step), step).unref();
  }
}

/** Whether there is anything to get the password from. */
export function isKnown({ value, expiresAt, command, file }: KnownPassword): boolean {
  const isOver = expiresAt !== undefined && expiresAt <= Date.now();
  return (value !== undefined && !isOver) || command !== undefined || file !== undefined;
}

/** The passwords of an account, from what is known. */
export function knownPasswords(account: string, { value, command, file }: KnownPassword): PasswordSource {
  return passwordSource({
    account,
    command,
    file,
    // The one place of a password that came as such.
    ...(value && { variable: 'password', env: { password: value.reveal() } }),
  });
}
