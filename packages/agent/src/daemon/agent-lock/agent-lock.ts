import { errorTexts } from '@jeton/protocol';
import { FileKey, open, type Sealed, seal } from '../../accounts/format/crypt.ts';
import { type Clock, systemClock } from '../../concurrency/clock.ts';
import { Turns } from '../../concurrency/turns.ts';
import type { Secret } from '../../secret.ts';
import { RequestFailure } from '../failure.ts';
import { Brake } from './brake.ts';

/** The encrypted accounts of a locked agent, each part in base64. */
export type SerializedAgentLock = Readonly<Record<keyof Sealed, string>>;

/**
 * Locks the agent with a password (docs/oidc-add.md). A locked agent keeps its accounts encrypted, as in an account file.
 * Older copies may stay in memory until the process ends (docs/oidc-agent.md, "What is in its memory").
 */
export class AgentLock {
  #held: Promise<Sealed> | undefined;
  /** The same, as soon as it is there. */
  #sealed: Sealed | undefined;
  readonly #brake: Brake;
  /** Derives one key at a time, because each derivation takes 64 MiB. */
  readonly #derivations = new Turns();

  constructor(clock: Clock = systemClock) {
    this.#brake = new Brake(clock);
  }

  get isLocked(): boolean {
    return this.#held !== undefined;
  }

  /** The encrypted accounts, for the process that goes on as this agent; undefined if it is not locked, or while it is being locked. */
  get serialized(): SerializedAgentLock | undefined {
    return this.#sealed && serialized(this.#sealed);
  }

  /** The wrong passwords that still count. */
  get brake(): Brake {
    return this.#brake;
  }

  /** Locks this agent with the password of the agent that serialized the agent lock. */
  restore({ nonce, salt, cipher, hash }: SerializedAgentLock): void {
    const decoded = (part: string) => Buffer.from(part, 'base64');
    this.#sealed = {
      nonce: decoded(nonce),
      salt: decoded(salt),
      cipher: decoded(cipher),
      hash: decoded(hash),
    };
    this.#held = Promise.resolve(this.#sealed);
  }

  /**
   * @param serialize unloads all accounts and returns them as text
   * @throws RequestFailure if the agent is already locked
   */
  async lock(password: Secret, serialize: () => Promise<string>): Promise<void> {
    if (this.isLocked) throw agentLocked();
    const held = sealWith(password, serialize);
    this.#held = held;
    // If sealing fails, stay unlocked: an agent that cannot be unlocked would lose every account.
    held.catch(() => {
      this.#held = undefined;
    });
    this.#sealed = await held;
  }

  /**
   * Tries a password. A right one unlocks at once; the answer to a wrong one is delayed, which delays no other attempt.
   *
   * @returns the accounts that the agent held, as text
   * @throws RequestFailure if the agent is not locked, after a delay for a wrong password, at once after too many of them
   */
  async unlock(password: Secret): Promise<string> {
    if (!this.isLocked) throw new RequestFailure('Agent not locked');
    const wait = this.#brake.attempt();
    if (wait > 0) {
      throw new RequestFailure('too many wrong passwords; please try again later', [
        `the next attempt is possible in ${Math.ceil(wait)} s`,
        'if these attempts are not yours, one of your programs makes them: end that program',
        'or end the agent and start another one, if you can do without what is only in its memory: oidc-agent -k',
      ]);
    }
    const text = await this.#derivations.take(() => this.#tryOut(password));
    if (text !== undefined) return text;
    await this.#brake.holdBack();
    throw new RequestFailure('wrong password');
  }

  /** Returns the accounts as text; undefined if the password is wrong. */
  async #tryOut(password: Secret): Promise<string | undefined> {
    const held = await this.#held;
    if (held === undefined) throw new RequestFailure('Agent not locked');
    const key = await FileKey.derive(password, held.salt);
    try {
      const text = open(held, key);
      this.#held = undefined;
      this.#sealed = undefined;
      this.#brake.forget();
      return text;
    } catch {
      return undefined;
    } finally {
      key.wipe();
    }
  }
}

function serialized(sealed: Sealed): SerializedAgentLock {
  const encoded = (part: Uint8Array) => Buffer.from(part).toString('base64');
  return {
    nonce: encoded(sealed.nonce),
    salt: encoded(sealed.salt),
    cipher: encoded(sealed.cipher),
    hash: encoded(sealed.hash),
  };
}

async function sealWith(password: Secret, serialize: () => Promise<string>): Promise<Sealed> {
  const key = await FileKey.derive(password);
  try {
    return seal(await serialize(), key);
  } finally {
    key.wipe();
  }
}

/** The error for a request that a locked agent does not answer. */
export function agentLocked(): RequestFailure {
  return new RequestFailure(errorTexts.agentLocked, ['unlock it: oidc-add --unlock']);
}
