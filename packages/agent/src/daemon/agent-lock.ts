import { setTimeout } from 'node:timers/promises';
import { errorTexts } from '@jeton/protocol';
import type { Secret } from '../secret.ts';
import { FileKey, open, type Sealed, seal } from '../vault/crypt.ts';
import { RequestFailure } from './failure.ts';

/** Milliseconds after which a wrong password is told: so much for the first, with the square of their number, and at most. */
const delay = { first: 100, longest: 10_000 };

/** What a locked agent held, encrypted, each part in base64. */
export type PrintedLock = Readonly<Record<keyof Sealed, string>>;

/**
 * Locks the agent with a password (docs/oidc-add.md). While it is locked, what it held is encrypted, by the same means as an
 * account file. Copies that were in memory before may be there as long as the process is (docs/oidc-agent.md, "What is in its memory").
 */
export class AgentLock {
  #held: Promise<Sealed> | undefined;
  #wrongPasswords = 0;
  /** The end of the line of attempts: nobody tries two passwords at a time. */
  #last: Promise<unknown> = Promise.resolve();

  get isLocked(): boolean {
    return this.#held !== undefined;
  }

  /** For an agent that takes the place of this one; undefined when it is not locked. */
  async print(): Promise<PrintedLock | undefined> {
    const held = await this.#held;
    const encoded = (part: Uint8Array) => Buffer.from(part).toString('base64');
    return (
      held && {
        nonce: encoded(held.nonce),
        salt: encoded(held.salt),
        cipher: encoded(held.cipher),
        hash: encoded(held.hash),
      }
    );
  }

  /** Is locked as the agent was whose lock was printed. */
  restore({ nonce, salt, cipher, hash }: PrintedLock): void {
    const decoded = (part: string) => Buffer.from(part, 'base64');
    this.#held = Promise.resolve({
      nonce: decoded(nonce),
      salt: decoded(salt),
      cipher: decoded(cipher),
      hash: decoded(hash),
    });
  }

  /**
   * @param takeAway empties the agent, and gives as text what it held
   * @throws RequestFailure when it is locked already
   */
  async lock(password: Secret, takeAway: () => Promise<string>): Promise<void> {
    if (this.isLocked) throw new RequestFailure(errorTexts.agentLocked, ['unlock it: oidc-add --unlock']);
    const held = sealWith(password, takeAway);
    this.#held = held;
    // Nothing is away then: an agent that nobody could unlock would be the end of what it holds.
    held.catch(() => {
      this.#held = undefined;
    });
    await held;
  }

  /**
   * @returns what the agent held
   * @throws RequestFailure when it is not locked, and after a while for a wrong password
   */
  unlock(password: Secret): Promise<string> {
    const attempt = this.#last.then(() => this.#tryOut(password));
    this.#last = attempt.catch(() => undefined);
    return attempt;
  }

  async #tryOut(password: Secret): Promise<string> {
    const held = await this.#held;
    if (held === undefined) throw new RequestFailure('Agent not locked');
    const key = await FileKey.derive(password, held.salt);
    try {
      const text = open(held, key);
      this.#held = undefined;
      this.#wrongPasswords = 0;
      return text;
    } catch {
      this.#wrongPasswords += 1;
      await setTimeout(Math.min(delay.first * this.#wrongPasswords ** 2, delay.longest));
      throw new RequestFailure('wrong password');
    } finally {
      key.wipe();
    }
  }
}

async function sealWith(password: Secret, takeAway: () => Promise<string>): Promise<Sealed> {
  const key = await FileKey.derive(password);
  try {
    return seal(await takeAway(), key);
  } finally {
    key.wipe();
  }
}
