/** The accounts that the agent holds. */
import type { RequestOf } from '@jeton/protocol';
import type { Account } from '../../accounts/account.ts';
import type { FileAccess, SharedAccountFile } from '../../accounts/shared/shared-account-file.ts';
import { agentLocked } from '../agent-lock/agent-lock.ts';
import { Grant } from '../grant/grant.ts';
import { SharedContext } from '../grant/grant-context.ts';
import {
  type AccountWithFile,
  accountFileOf,
  fileNameOf,
  notForgotten,
  requireOwnFile,
  requireSameFile,
  requireSaved,
} from './account-with-file.ts';
import { fileAccess } from './file-access.ts';
import { LeavingAccounts } from './leaving-accounts.ts';
import { list } from './listed-accounts.ts';
import { LoadedAccount, type LoadOptions } from './loaded-account.ts';
import { restorableAccounts } from './restorable-accounts.ts';
import { serializeAccounts, stateOf } from './serialized-account.ts';

/**
 * Seconds until the agent tries again to unload an account whose lifetime is over but whose refresh token it could not
 * save.
 */
const RETRY_SECONDS = 60;

export class Accounts {
  readonly #held = new Map<string, AccountWithFile>();
  readonly #sharedContext = new SharedContext();
  readonly #onHold: () => void;
  readonly #onChange: () => void;
  #areSerialized = false;
  readonly #leaving = new LeavingAccounts();
  /** The names of unloaded accounts that had `--confirm`, so that unloading does not lift the confirmation. */
  readonly #confirmed = new Set<string>();

  /**
   * @param onHold called with each account that is loaded
   * @param onChange called when something has changed that must survive the end of this process
   */
  constructor(onHold: () => void = () => undefined, onChange: () => void = () => undefined) {
    this.#onHold = onHold;
    this.#onChange = onChange;
  }

  /** The names of the loaded accounts, in the order of loading. */
  get names(): string[] {
    return [...this.#held.keys()];
  }

  /** In the order of loading. */
  get loaded(): LoadedAccount[] {
    return [...this.#held.values()].map(({ loaded }) => loaded);
  }

  get(name: string): LoadedAccount | undefined {
    return this.#held.get(name)?.loaded;
  }

  /** As `get`, with the account's file. */
  withFile(name: string): AccountWithFile | undefined {
    return this.#held.get(name);
  }

  /** The account that was loaded from a file of this name. */
  fromFile(fileName: string): LoadedAccount | undefined {
    return [...this.#held.values()].find((held) => fileNameOf(held) === fileName)?.loaded;
  }

  /**
   * Holds an account that a client has decrypted. If the agent holds it already, keeps that one: two grants with the same
   * refresh token would end the login at an issuer that rotates. In both cases takes the key or password of the file.
   *
   * @throws FileError when the client's key or password does not open the file, or RequestFailure; then nothing has changed
   */
  async add(
    account: Account,
    request: RequestOf<'add'>,
    options: LoadOptions,
  ): Promise<{ readonly loaded: LoadedAccount; readonly isNew: boolean }> {
    const access = fileAccess(request);
    await this.#leaving.left(account.name);
    const known = this.get(account.name);
    if (known !== undefined) {
      await known.grant.offer(access);
      return { loaded: known, isNew: false };
    }
    await requireOwnFile(account, access);
    const { file, inMemoryOnly } = access;
    const accountFile = accountFileOf(account.name, { file, inMemoryOnly });
    await accountFile.offer(access);
    await this.#leaving.left(account.name);
    this.requireUnlocked();
    const meanwhile = this.get(account.name);
    if (meanwhile !== undefined) return { loaded: meanwhile, isNew: false };
    return { loaded: this.holdWithFile(account, options, accountFile), isNew: true };
  }

  /**
   * Holds an account that the agent has read from its file, unless a client has loaded it meanwhile.
   *
   * @returns the account that is held
   * @throws RequestFailure if the agent holds the account from another file, or is locked
   */
  async addFromFile(account: Account, access: FileAccess, options: LoadOptions): Promise<LoadedAccount> {
    await requireOwnFile(account, access);
    await this.#leaving.left(account.name);
    this.requireUnlocked();
    const held = this.#held.get(account.name);
    if (held !== undefined) return requireSameFile(held, access);
    const confirm = options.confirm || this.#confirmed.has(account.name);
    return this.hold(account, { ...options, confirm }, access);
  }

  /**
   * Saves the newest refresh token of an account. Does nothing for an account that never had a file: the agent has
   * already warned its clients that the account is in memory only.
   * @throws RequestFailure if the agent cannot save the newest refresh token
   */
  async requireSaved(name: string): Promise<void> {
    const held = this.#held.get(name);
    if (held?.accountFile.hasFile) await requireSaved(held);
  }

  /**
   * Unloads an account at the user's request. Returns false if it was not loaded.
   * @throws RequestFailure if the agent cannot save the newest refresh token; the account stays loaded, because only
   * the agent has that token
   */
  async forget(name: string): Promise<boolean> {
    await this.requireSaved(name);
    return await this.replace(name, () => this.#forget(name));
  }

  async #forget(name: string): Promise<boolean> {
    const held = this.#held.get(name);
    if (held === undefined) return false;
    await this.remove(name);
    const { loaded, accountFile } = held;
    // A refresh was still running, and the agent could not save its refresh token.
    const { saveFailure } = loaded.grant;
    if (saveFailure !== undefined && accountFile.hasFile && !this.#held.has(name)) {
      const { alwaysAllowIdToken, confirm, loadedAt } = loaded;
      const options = { lifetime: 0, alwaysAllowIdToken, confirm };
      this.hold(loaded.grant.account, options, accountFile.access, loaded.grant.remains, loadedAt);
      throw notForgotten(name, saveFailure);
    }
    return true;
  }

  /** @throws RequestFailure as `forget`; the others are forgotten all the same */
  async forgetAll(): Promise<void> {
    const results = await Promise.allSettled(this.names.map((name) => this.forget(name)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Unloads or replaces an account; see `LeavingAccounts.during`. @throws the errors of the work */
  async replace<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await this.#leaving.during(name, work);
    } finally {
      this.#onChange();
    }
  }

  /**
   * Checks that no client has locked the agent while a load waited for a password, the disk or the user.
   * @throws RequestFailure if the agent is locked
   */
  requireUnlocked(): void {
    if (this.#areSerialized) throw agentLocked();
  }

  /** Unloads an account. Returns false if it was not loaded. Saves in progress still finish. */
  async remove(name: string): Promise<boolean> {
    const loaded = this.get(name);
    if (loaded === undefined) return false;
    this.#held.delete(name);
    if (loaded.confirm) this.#confirmed.add(name);
    await loaded.close();
    return true;
  }

  async removeAll(): Promise<void> {
    await Promise.all(this.names.map((name) => this.remove(name)));
  }

  /** Serializes all loaded accounts, then unloads them. Contains all secrets in clear text. */
  async serialize(): Promise<string> {
    this.#areSerialized = true;
    const held = [...this.#held.values()];
    await this.removeAll();
    return serializeAccounts(held.map(stateOf));
  }

  /** All loaded accounts as text, which go on as they are. Contains all secrets in clear text. */
  snapshot(): string {
    return serializeAccounts([...this.#held.values()].map(stateOf));
  }

  /** Whether another process could go on with them: nothing is in progress, and all is saved. */
  get areIdle(): boolean {
    return this.#leaving.isEmpty && this.loaded.every(({ grant }) => grant.isIdle);
  }

  /** What is known besides the accounts, for another process. Contains no secrets. */
  get knowledge() {
    return {
      /** The names of unloaded accounts that had `--confirm`. */
      confirmed: [...this.#confirmed],
      ...this.#sharedContext.learned,
    };
  }

  /** Goes on with what another process knew. */
  restoreKnowledge({ confirmed, ...learned }: Accounts['knowledge']): void {
    for (const name of confirmed) this.#confirmed.add(name);
    this.#sharedContext.restore(learned);
  }

  /**
   * Holds the accounts of a text from `serialize` or `snapshot`, except those that have expired since.
   * @param used the tokens that clients got meanwhile: the name of the account, a line end, the key of the cache
   */
  restore(text: string, used: ReadonlySet<string> = new Set()): void {
    this.#areSerialized = false;
    for (const { account, options, access, earlier, loadedAt } of restorableAccounts(text, used)) {
      if (!this.#held.has(account.name)) this.hold(account, options, access, earlier, loadedAt);
    }
  }

  /** @param earlier the state of an earlier grant of the account */
  hold(
    account: Account,
    options: LoadOptions,
    access: FileAccess,
    earlier?: Grant['remains'],
    loadedAt?: number,
  ): LoadedAccount {
    const file = accountFileOf(account.name, access);
    const loaded = this.holdWithFile(account, options, file, earlier, loadedAt);
    // Saving may work now; if it fails, the grant tries again later.
    if (earlier?.origin !== undefined) void loaded.grant.save();
    return loaded;
  }

  /** As `hold`; does not save anything. */
  holdWithFile(
    account: Account,
    options: LoadOptions,
    accountFile: SharedAccountFile,
    earlier?: Grant['remains'],
    loadedAt?: number,
  ): LoadedAccount {
    const { name } = account;
    this.#onHold();
    const context = { ...this.#sharedContext.with(accountFile), onChange: this.#onChange };
    const grant = new Grant(account, context, earlier);
    const expire = () => void this.forget(name).catch(() => loaded.setLifetime(RETRY_SECONDS));
    const loaded: LoadedAccount = new LoadedAccount(grant, options, expire, loadedAt);
    // Another request may have loaded the account in the meantime.
    void this.#held.get(name)?.loaded.close();
    this.#held.set(name, { loaded, accountFile });
    this.#onChange();
    if (earlier === undefined && !accountFile.inMemoryOnly) list(account);
    return loaded;
  }
}
