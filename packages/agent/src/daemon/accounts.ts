/** The accounts that the agent holds, and how one comes from its file. */
import { existsSync } from 'node:fs';
import { errorTexts, type RequestOf } from '@jeton/protocol';
import { type CustomisedRequest, customParameters } from '../config/custom-parameters.ts';
import type { KnownIssuer } from '../config/issuer-file.ts';
import { defaultAccountFor, findIssuer, knownIssuers } from '../config/issuers.ts';
import { prepareToSend } from '../oauth/http.ts';
import { sameIssuer } from '../oauth/issuer-url.ts';
import { Secret } from '../secret.ts';
import type { Account } from '../vault/account.ts';
import { AccountStore, type FileAccess } from '../vault/account-store.ts';
import { FileKey } from '../vault/crypt.ts';
import { accountPath, agentDirectory } from '../vault/directory.ts';
import { VaultError } from '../vault/errors.ts';
import { type PasswordSource, passwordSource } from '../vault/passwords.ts';
import { readAccountFile } from '../vault/store.ts';
import { AudienceHabits } from './audience-habits.ts';
import type { Client } from './connection.ts';
import { RequestFailure } from './failure.ts';
import { Grant } from './grant.ts';
import { parseHeldAccounts, printHeldAccounts } from './held-account.ts';
import { IssuerDocuments } from './issuer-documents.ts';
import { LoadedAccount, type LoadOptions } from './loaded-account.ts';
import { Remembered } from './remembered.ts';
import { SharedWork } from './shared-work.ts';
import type { SaveFailure } from './stored-account.ts';

type AddRequest = RequestOf<'add'>;

/** Seconds after which an account is to be forgotten that could not be when its time was over. */
const retry = 60;

/** What is settled for accounts that are loaded because a token is asked for, and which way. */
export interface AccountSettings extends LoadOptions {
  readonly autoload: boolean;
  /** A shell command that prints the password of the account in $OIDC_ACCOUNT. */
  readonly pwCmd?: string | undefined;
  /** Asks the person for the password of an account; undefined when nobody answers. */
  readonly askPassword?: ((account: string, gone: AbortSignal) => Promise<Secret | undefined>) | undefined;
}

/** Who asks for an account. */
export interface Asker {
  readonly client: Client;
  /** Whether the program that asks can itself ask a person for the password. */
  readonly hasTerminal: boolean;
}

export class Accounts {
  readonly #held = new Map<string, { readonly loaded: LoadedAccount; readonly store: AccountStore }>();
  readonly #loading = new Map<string, SharedWork<LoadedAccount>>();
  readonly #documents = new IssuerDocuments();
  readonly #habits = new AudienceHabits();
  /** A refresh need not read a dozen files. */
  readonly #issuers = new Remembered(issuers, 2);
  readonly #settings: AccountSettings;
  #areTakenAway = false;

  constructor(settings: AccountSettings) {
    this.#settings = settings;
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
    return this.get(name) ?? (await this.#loadOnce(name, asker));
  }

  /**
   * An account of an issuer: its default account, else the one that was loaded last.
   * @throws RequestFailure as `byName`.
   */
  async byIssuer(issuer: string, asker: Asker): Promise<LoadedAccount> {
    const fallback = defaultAccountFor(await issuers(), issuer);
    const loaded = this.loaded.filter(({ grant }) => sameIssuer(grant.account.issuer_url, issuer));
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
    return await this.remove(name);
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
        expiresAt: loaded.expiresAt,
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
      expiresAt,
      loadedAt,
      alwaysAllowIdToken,
      confirm,
      ...remains
    } of parseHeldAccounts(text)) {
      const lifetime = expiresAt === undefined ? 0 : Math.ceil((expiresAt - Date.now()) / 1000);
      if ((expiresAt !== undefined && lifetime <= 0) || this.#held.has(account.name)) continue;
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

  /** Two grants with the same refresh token would spoil each other, so whoever asks while a file is read waits for that. */
  #loadOnce(name: string, { client, hasTerminal }: Asker): Promise<LoadedAccount> {
    const begun = this.#loading.get(name);
    if (begun !== undefined && !begun.abandoned) return begun.join(client.gone);
    const loading = new SharedWork((waiters) => this.#load(name, { client: waiters, hasTerminal }));
    this.#loading.set(name, loading);
    void loading.done.then(() => {
      if (this.#loading.get(name) === loading) this.#loading.delete(name);
    });
    return loading.join(client.gone);
  }

  async #load(name: string, asker: Asker): Promise<LoadedAccount> {
    const path = fileOf(name);
    if (!existsSync(path)) {
      throw unknownAccount([
        `there is no account '${name}'; see which there are: oidc-add -l`,
        `make it: oidc-gen -w device ${name}`,
      ]);
    }
    const hint = `load it: oidc-add ${name}`;
    if (!this.#settings.autoload) throw new RequestFailure(errorTexts.accountNotLoaded, [hint]);
    try {
      const { account, content, key } = await readAccountFile(path, this.#passwords(name, asker));
      // The password may have been a long time coming.
      if (this.#areTakenAway)
        throw new RequestFailure(errorTexts.agentLocked, ['unlock it: oidc-add --unlock']);
      return this.get(account.name) ?? this.hold(account, this.#settings, { key, content });
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      if (error.kind === 'no-password') throw new RequestFailure(errorTexts.accountNotLoaded, [hint]);
      throw new RequestFailure(errorTexts.accountNotLoaded, [error.message, ...error.hints]);
    }
  }

  /** Where the password comes from when nobody has loaded the account: the configured command, else a window. */
  #passwords(account: string, { client, hasTerminal }: Asker): PasswordSource {
    const { pwCmd: command, askPassword } = this.#settings;
    if (command !== undefined || hasTerminal || askPassword === undefined) {
      return passwordSource({ account, command });
    }
    const prompt = async () => {
      const password = await askPassword(account, client.gone);
      if (password !== undefined) return password;
      throw new VaultError('no-password', 'nobody has given the password');
    };
    return passwordSource({ account, prompt });
  }
}

/** The issuers that the configuration knows, read anew each time: it is small and people edit it. */
export async function issuers(): Promise<KnownIssuer[]> {
  return (await knownIssuers(directoryIfAny())).issuers;
}

/** What the configuration adds to a request for an account, read anew each time. */
export async function customFor(
  request: CustomisedRequest,
  { issuer_url: issuer, name: account }: Pick<Account, 'issuer_url' | 'name'>,
): Promise<Record<string, Secret>> {
  const { parameters } = await customParameters(
    request,
    { issuer, account },
    { directory: directoryIfAny() },
  );
  return parameters;
}

/** Without HOME nobody knows where the accounts are; those that are loaded still have their tokens. */
function directoryIfAny(): string | undefined {
  try {
    return agentDirectory(process.env);
  } catch (error) {
    if (error instanceof VaultError) return undefined;
    throw error;
  }
}

function pathOf(name: string): string {
  const directory = agentDirectory(process.env);
  if (directory === undefined) throw new VaultError('no-directory', 'oidc-dir does not exist');
  return accountPath(directory, name);
}

/** The path of an account's file. A name that no account can have is one that nobody knows. */
function fileOf(name: string): string {
  try {
    return pathOf(name);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    throw unknownAccount([error.message, ...error.hints, 'see which accounts there are: oidc-add -l']);
  }
}

function unknownAccount(hints: readonly string[]): RequestFailure {
  return new RequestFailure(errorTexts.unknownAccount, hints);
}

function notForgotten(name: string, { message, hints }: SaveFailure): RequestFailure {
  return new RequestFailure(`the new refresh token of '${name}' is not on disk yet: ${message}`, [
    ...hints,
    'the agent holds it and tries again by itself; only if the login may be lost, end the agent',
  ]);
}

/** Our own clients hand over the key of the file, others say where its password comes from. */
export function fileAccess({
  file_key,
  pw_entry,
}: Partial<Pick<AddRequest, 'file_key' | 'pw_entry'>>): FileAccess {
  return {
    key:
      file_key &&
      FileKey.fromBytes(Buffer.from(file_key.salt, 'base64'), Buffer.from(file_key.key, 'base64')),
    password: pw_entry && {
      value: pw_entry.password === undefined ? undefined : new Secret(pw_entry.password),
      expiresAt: passwordExpiry(pw_entry),
      command: pw_entry.command,
      file: pw_entry.pw_file,
    },
  };
}

/** Milliseconds since the epoch; undefined is never. The C programs write 0 for what they do not say. */
function passwordExpiry({
  expires_at,
  expires_after,
}: NonNullable<AddRequest['pw_entry']>): number | undefined {
  if (expires_after) return Date.now() + expires_after * 1000;
  return expires_at ? expires_at * 1000 : undefined;
}
