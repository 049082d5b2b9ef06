/** The accounts that the agent holds, and how one comes from its file. */
import { existsSync } from 'node:fs';
import { errorTexts, type RequestOf } from '@jeton/protocol';
import { customParameters } from '../config/custom-parameters.ts';
import type { KnownIssuer } from '../config/issuer-file.ts';
import { defaultAccountFor, findIssuer, knownIssuers } from '../config/issuers.ts';
import { prepareToSend } from '../oauth/http.ts';
import { sameIssuer } from '../oauth/issuer-url.ts';
import type { Account } from '../vault/account.ts';
import { AccountStore, type FileAccess } from '../vault/account-store.ts';
import { FileKey } from '../vault/crypt.ts';
import { accountPath, agentDirectory } from '../vault/directory.ts';
import { VaultError } from '../vault/errors.ts';
import { passwordSource } from '../vault/passwords.ts';
import { readAccountFile } from '../vault/store.ts';
import { AudienceHabits } from './audience-habits.ts';
import { RequestFailure } from './failure.ts';
import { LoadedAccount, type LoadOptions } from './loaded-account.ts';
import { MetadataCache } from './metadata.ts';

type AddRequest = RequestOf<'add'>;

export class Accounts {
  readonly #loaded = new Map<string, LoadedAccount>();
  readonly #loading = new Map<string, Promise<LoadedAccount>>();
  readonly #metadata = new MetadataCache();
  readonly #habits = new AudienceHabits();
  readonly #autoload: boolean;
  readonly #autoloadOptions: LoadOptions;

  constructor(autoload: boolean, options: LoadOptions) {
    this.#autoload = autoload;
    this.#autoloadOptions = options;
  }

  /** The names of the loaded accounts, in the order of loading. */
  get names(): string[] {
    return [...this.#loaded.keys()];
  }

  /** In the order of loading. */
  get loaded(): LoadedAccount[] {
    return [...this.#loaded.values()];
  }

  get(name: string): LoadedAccount | undefined {
    return this.#loaded.get(name);
  }

  /**
   * The account of a name, loaded from its file if that needs no password.
   * @throws RequestFailure when there is no such account, or when somebody has to load it.
   */
  async byName(name: string): Promise<LoadedAccount> {
    return this.#loaded.get(name) ?? (await this.#loadOnce(name));
  }

  /**
   * An account of an issuer: its default account, else the one that was loaded last.
   * @throws RequestFailure as `byName`.
   */
  async byIssuer(issuer: string): Promise<LoadedAccount> {
    const fallback = defaultAccountFor(await issuers(), issuer);
    const loaded = [...this.#loaded.values()].filter(({ grant }) =>
      sameIssuer(grant.account.issuer_url, issuer),
    );
    const chosen = loaded.find(({ grant }) => grant.account.name === fallback) ?? loaded.at(-1);
    if (chosen !== undefined) return chosen;
    if (fallback !== undefined) return await this.byName(fallback);
    throw new RequestFailure(errorTexts.accountNotLoaded, [
      `no account for ${issuer} is known; load one by its name: oidc-add NAME`,
    ]);
  }

  /** Holds an account that a client has decrypted, and that is not held yet. */
  add(account: Account, request: AddRequest, options: LoadOptions): LoadedAccount {
    return this.#hold(account, options, fileAccess(account.name, request));
  }

  /** A client has opened the file of an account that is held, perhaps with another password. */
  async reopen(loaded: LoadedAccount, request: AddRequest): Promise<void> {
    await loaded.grant.reopen(fileAccess(loaded.grant.account.name, request));
  }

  /** Forgets an account. Returns false if it was not there. What is on its way to the disk still arrives. */
  async remove(name: string): Promise<boolean> {
    const account = this.#loaded.get(name);
    if (account === undefined) return false;
    this.#loaded.delete(name);
    await account.close();
    return true;
  }

  async removeAll(): Promise<void> {
    await Promise.all(this.names.map((name) => this.remove(name)));
  }

  #hold(account: Account, options: LoadOptions, access: FileAccess): LoadedAccount {
    const { name } = account;
    // Whoever loads an account wants tokens. If this fails, the first request to the issuer says so.
    prepareToSend().catch(() => undefined);
    const store = new AccountStore(() => pathOf(name), access);
    const context = {
      metadata: this.#metadata,
      habits: this.#habits,
      knownIssuer: async (issuer: string) => findIssuer(await issuers(), issuer),
      customParameters: async ({ issuer_url: issuer, name: account }: Account) =>
        (await customParameters('refresh', { issuer, account }, { directory: directoryIfAny() })).parameters,
      store,
    };
    const loaded = new LoadedAccount(account, context, options, () => void this.remove(name));
    this.#loaded.set(name, loaded);
    return loaded;
  }

  /** Two grants with the same refresh token would spoil each other, so whoever asks while a file is read waits for that. */
  #loadOnce(name: string): Promise<LoadedAccount> {
    const begun = this.#loading.get(name);
    if (begun !== undefined) return begun;
    const loading = this.#load(name).finally(() => this.#loading.delete(name));
    this.#loading.set(name, loading);
    return loading;
  }

  async #load(name: string): Promise<LoadedAccount> {
    const path = fileOf(name);
    if (!existsSync(path)) {
      throw unknownAccount([
        `there is no account '${name}'; see which there are: oidc-add -l`,
        `make it: oidc-gen -w device ${name}`,
      ]);
    }
    const hint = `load it: oidc-add ${name}`;
    if (!this.#autoload) throw new RequestFailure(errorTexts.accountNotLoaded, [hint]);
    try {
      const passwords = passwordSource({ account: name });
      const { account, content, key } = await readAccountFile(path, passwords);
      const access = { key, passwords, content };
      return this.#loaded.get(account.name) ?? this.#hold(account, this.#autoloadOptions, access);
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      if (error.kind === 'no-password') throw new RequestFailure(errorTexts.accountNotLoaded, [hint]);
      throw new RequestFailure(errorTexts.accountNotLoaded, [error.message, ...error.hints]);
    }
  }
}

/** The issuers that the configuration knows, read anew each time: it is small and people edit it. */
export async function issuers(): Promise<KnownIssuer[]> {
  return (await knownIssuers(directoryIfAny())).issuers;
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

/** Our own clients hand over the key of the file, others say where its password comes from. */
function fileAccess(name: string, { file_key, pw_entry = {} }: AddRequest): FileAccess {
  const { command, pw_file: file, password } = pw_entry;
  return {
    key:
      file_key &&
      FileKey.fromBytes(Buffer.from(file_key.salt, 'base64'), Buffer.from(file_key.key, 'base64')),
    passwords: passwordSource({
      account: name,
      command,
      file,
      // The one place of a password that came as such.
      ...(password === undefined ? {} : { variable: 'password', env: { password } }),
    }),
  };
}
