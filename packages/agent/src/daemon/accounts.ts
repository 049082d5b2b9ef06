/** The accounts that the agent holds. */
import { errorTexts, type RequestOf } from '@jeton/protocol';
import { defaultAccountFor, findIssuer } from '../config/issuers.ts';
import { prepareToSend } from '../oauth/http.ts';
import { sameIssuer } from '../oauth/issuer-url.ts';
import type { Account } from '../vault/account.ts';
import { AccountStore, type FileAccess } from '../vault/account-store.ts';
import { AudienceHabits } from './audience-habits.ts';
import { type Asker, Autoload, type AutoloadSettings } from './autoload.ts';
import { secondsUntil, systemClocks } from './clocks.ts';
import { customFor, issuers, issuersSoon, pathOf } from './configuration.ts';
import { RequestFailure } from './failure.ts';
import { fileAccess } from './file-access.ts';
import { Grant } from './grant.ts';
import { parseHeldAccounts, printHeldAccounts } from './held-account.ts';
import { IssuerDocuments } from './issuer-documents.ts';
import { LoadedAccount, type LoadOptions } from './loaded-account.ts';
import { Remembered } from './remembered.ts';
import type { SaveFailure } from './stored-account.ts';

type AddRequest = RequestOf<'add'>;

/** Seconds after which an account is to be forgotten that could not be when its time was over. */
const retry = 60;

export class Accounts {
  readonly #held = new Map<string, { readonly loaded: LoadedAccount; readonly store: AccountStore }>();
  readonly #documents = new IssuerDocuments();
  readonly #habits = new AudienceHabits();
  /** A refresh need not read a dozen files. */
  readonly #issuers = new Remembered(issuers, 2);
  readonly #autoload: Autoload;
  #areTakenAway = false;

  /** @param settings the options are for accounts that are loaded because a token is asked for */
  constructor(settings: AutoloadSettings & LoadOptions) {
    this.#autoload = new Autoload(settings, (account, access) => {
      // The password may have been a long time coming.
      if (this.#areTakenAway) {
        throw new RequestFailure(errorTexts.agentLocked, ['unlock it: oidc-add --unlock']);
      }
      return this.get(account.name) ?? this.hold(account, settings, access);
    });
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

  /**
   * The account of a name, loaded from its file if the password can be had.
   * @throws RequestFailure when there is no such account, or when somebody has to load it.
   */
  async byName(name: string, asker: Asker): Promise<LoadedAccount> {
    return this.get(name) ?? (await this.#autoload.load(name, asker));
  }

  /**
   * An account of an issuer: its default account, else the one that was loaded last.
   * @throws RequestFailure as `byName`.
   */
  async byIssuer(issuer: string, asker: Asker): Promise<LoadedAccount> {
    const loaded = this.loaded.filter(({ grant }) => sameIssuer(grant.account.issuer_url, issuer));
    const [only, another] = loaded;
    // What is ready waits for no disk.
    if (only !== undefined && another === undefined) return only;
    const fallback = defaultAccountFor(await (only === undefined ? issuers() : issuersSoon()), issuer);
    const chosen = loaded.find(({ grant }) => grant.account.name === fallback) ?? loaded.at(-1);
    if (chosen !== undefined) return chosen;
    if (fallback !== undefined) return await this.byName(fallback, asker);
    throw new RequestFailure(errorTexts.accountNotLoaded, [
      `no account for ${issuer} is known; load one by its name: oidc-add NAME`,
    ]);
  }

  /** Holds an account that a client has decrypted, and that is not held yet. */
  add(account: Account, request: AddRequest, options: LoadOptions): LoadedAccount {
    return this.hold(account, options, fileAccess(request));
  }

  /** A client has opened the file of an account that is held, perhaps with another password. */
  async reopen(loaded: LoadedAccount, request: AddRequest): Promise<void> {
    await loaded.grant.reopen(fileAccess(request));
  }

  /**
   * Holds an account with a new login. The agent puts that on disk itself: the client that then writes the whole file may find
   * no room for it. What this client writes is not what another program has written behind our back.
   */
  async renew(account: Account, options: LoadOptions, access: FileAccess): Promise<void> {
    const { name } = account;
    const before = this.get(name)?.grant;
    await this.remove(name);
    const spent = before?.remains.spent ?? before?.account.refresh_token;
    await this.hold(account, options, access, { spent, tokens: [] }).grant.save();
    this.#held.get(name)?.store.expectChange();
  }

  /** How the file of an account that is held is opened. */
  accessOf(name: string): FileAccess {
    return this.#held.get(name)?.store.access ?? {};
  }

  /**
   * Forgets an account as a person wishes. Returns false if it was not there.
   * @throws RequestFailure when its newest refresh token cannot be saved: then it stays, as nobody else has that
   */
  async forget(name: string): Promise<boolean> {
    const grant = this.get(name)?.grant;
    if (grant?.saveFailure !== undefined) await grant.save();
    if (grant?.saveFailure !== undefined) throw notForgotten(name, grant.saveFailure);
    const held = this.#held.get(name);
    if (held === undefined) return false;
    await this.remove(name);
    const { loaded, store } = held;
    // A refresh was on its way, and what it brought could not be saved.
    const { saveFailure } = loaded.grant;
    if (saveFailure !== undefined && !this.#held.has(name)) {
      const { alwaysAllowIdToken, confirm, loadedAt } = loaded;
      const options = { lifetime: 0, alwaysAllowIdToken, confirm };
      this.hold(loaded.grant.account, options, store.access, loaded.grant.remains, loadedAt);
      throw notForgotten(name, saveFailure);
    }
    return true;
  }

  /** @throws RequestFailure as `forget`; the others are forgotten all the same */
  async forgetAll(): Promise<void> {
    const results = await Promise.allSettled(this.names.map((name) => this.forget(name)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Lets go of an account. Returns false if it was not there. What is on its way to the disk still arrives. */
  async remove(name: string): Promise<boolean> {
    const loaded = this.get(name);
    if (loaded === undefined) return false;
    this.#held.delete(name);
    await loaded.close();
    return true;
  }

  async removeAll(): Promise<void> {
    await Promise.all(this.names.map((name) => this.remove(name)));
  }

  /** Everything that is held, as text with all secrets; then nothing is held any more. */
  async takeAway(): Promise<string> {
    this.#areTakenAway = true;
    const held = [...this.#held.values()];
    await this.removeAll();
    return printHeldAccounts(
      held.map(({ loaded, store }) => ({
        account: loaded.grant.account,
        ...loaded.grant.remains,
        access: store.access,
        loadedAt: loaded.loadedAt,
        ends: loaded.ends,
        alwaysAllowIdToken: loaded.alwaysAllowIdToken,
        confirm: loaded.confirm,
      })),
    );
  }

  /** Holds again what was taken away, but for what has expired in the meantime. */
  bringBack(text: string): void {
    this.#areTakenAway = false;
    for (const {
      account,
      access,
      ends,
      loadedAt,
      alwaysAllowIdToken,
      confirm,
      ...remains
    } of parseHeldAccounts(text)) {
      const lifetime = ends === undefined ? 0 : secondsUntil(ends, systemClocks);
      if ((ends !== undefined && lifetime <= 0) || this.#held.has(account.name)) continue;
      this.hold(account, { lifetime, alwaysAllowIdToken, confirm }, access, remains, loadedAt);
    }
  }

  /** @param earlier what an earlier grant of the account has left */
  hold(
    account: Account,
    options: LoadOptions,
    access: FileAccess,
    earlier?: Grant['remains'],
    loadedAt?: number,
  ): LoadedAccount {
    const { name } = account;
    // Whoever loads an account wants tokens. If this fails, the first request to the issuer says so.
    prepareToSend().catch(() => undefined);
    const store = new AccountStore(name, () => pathOf(name), access);
    const context = {
      documents: this.#documents,
      habits: this.#habits,
      knownIssuer: async (issuer: string) => findIssuer(await this.#issuers.get(), issuer),
      customParameters: (account: Account) => customFor('refresh', account),
      store,
    };
    const grant = new Grant(account, context, earlier);
    const expire = () => void this.forget(name).catch(() => loaded.setLifetime(retry));
    const loaded: LoadedAccount = new LoadedAccount(grant, options, expire, loadedAt);
    this.#held.set(name, { loaded, store });
    // What could not be saved before can perhaps be now; if not, it is tried again.
    if (earlier?.spent !== undefined) void grant.save();
    return loaded;
  }
}

function notForgotten(name: string, { message, hints }: SaveFailure): RequestFailure {
  return new RequestFailure(`the new refresh token of '${name}' is not on disk yet: ${message}`, [
    ...hints,
    'the agent holds it and tries again by itself; only if the login may be lost, end the agent',
  ]);
}
