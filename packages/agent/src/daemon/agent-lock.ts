import { errorTexts } from '@jeton/protocol';
import type { Secret } from '../secret.ts';
import { FileKey, open, type Sealed, seal } from '../vault/crypt.ts';
import { Brake } from './brake.ts';
import { type Clocks, systemClocks } from './clocks.ts';
import { RequestFailure } from './failure.ts';

/** What a locked agent held, encrypted, each part in base64. */
export type PrintedLock = Readonly<Record<keyof Sealed, string>>;

/**
 * Locks the agent with a password (docs/oidc-add.md). While it is locked, what it held is encrypted, by the same means as an
 * account file. Copies that were in memory before may be there as long as the process is (docs/oidc-agent.md, "What is in its memory").
 */
export class AgentLock {
  #held: Promise<Sealed> | undefined;
  readonly #brake: Brake;
  /** The end of the line of keys that are derived: each takes 64 MiB. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(clocks: Clocks = systemClocks) {
    this.#brake = new Brake(clocks);
  }

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
   * The right password is answered as soon as it was looked at, whatever other attempts are under way.
   *
   * @returns what the agent held
   * @throws RequestFailure when it is not locked, after a while for a wrong password, and at once after too many of them
   */
  async unlock(password: Secret): Promise<string> {
    if (!this.isLocked) throw new RequestFailure('Agent not locked');
    const wait = this.#brake.attempt();
    if (wait > 0) {
      throw new RequestFailure('too many wrong passwords; please try again later', [
        `the next attempt is possible in ${Math.ceil(wait)} s`,
      ]);
    }
    const attempt = this.#last.then(() => this.#tryOut(password));
    this.#last = attempt.catch(() => undefined);
    const text = await attempt;
    if (text !== undefined) return text;
    await this.#brake.holdBack();
    throw new RequestFailure('wrong password');
  }

  /** What the agent held; undefined if the password is wrong. */
  async #tryOut(password: Secret): Promise<string | undefined> {
    const held = await this.#held;
    if (held === undefined) throw new RequestFailure('Agent not locked');
    const key = await FileKey.derive(password, held.salt);
    try {
      const text = open(held, key);
      this.#held = undefined;
      this.#brake.forget();
      return text;
    } catch {
      return undefined;
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
